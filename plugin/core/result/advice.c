/* advice.c
 * Three tables: which word of User-Agent names which library, what each finding asks for, and how
 * each library words that, with the documentation or the source that says so.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/result/advice.h"

#include "software/software.h"

/* What findings ask for. */
typedef enum {
    NOTHING,
    SHARE,   /* one client object for all calls */
    DRAIN,   /* read each answer to its end */
    KEEP,    /* keep more idle connections */
    EXPIRE,  /* drop idle connections before the server does */
    OUTLAST, /* drop them before a middlebox does */
    TOPICS
} topic;

enum {
    TOPICS_PER_FINDING = 2
};

static const topic topics[HR_FINDING_COUNT][TOPICS_PER_FINDING] = {
    [HR_FINDING_MISSED_REUSE] = {SHARE},
    [HR_FINDING_BODY_UNDRAINED] = {DRAIN},
    [HR_FINDING_CLOSED_AFTER_ANSWER] = {DRAIN, SHARE},
    [HR_FINDING_POOL_LIMIT] = {KEEP},
    [HR_FINDING_STALE_REUSE] = {EXPIRE},
    [HR_FINDING_IDLE_CLOSE] = {EXPIRE},
    [HR_FINDING_IDLE_DROPPED] = {OUTLAST},
};

/* Products of User-Agent, as for hr_software_is_named(). Node's http module, urllib3 below another library and
 * libcurl say nothing of themselves. Python-urllib (urllib.request) keeps no connections. */
static const struct {
    const char *product;
    hr_library library;
} products[] = {
    {"go-http-client", HR_LIBRARY_GO},      {"python-requests", HR_LIBRARY_REQUESTS},
    {"python-urllib3", HR_LIBRARY_URLLIB3}, {"python-httpx", HR_LIBRARY_HTTPX},
    {"aiohttp", HR_LIBRARY_AIOHTTP},        {"axios|node-fetch", HR_LIBRARY_NODE_HTTP},
    {"undici|node", HR_LIBRARY_UNDICI},     {"curl", HR_LIBRARY_CURL},
    {"java-http-client", HR_LIBRARY_JAVA},  {"apache-httpclient", HR_LIBRARY_APACHE},
    {"okhttp", HR_LIBRARY_OKHTTP},
};

static const char *const names[HR_LIBRARY_COUNT] = {
    [HR_LIBRARY_GO] = "Go's net/http",
    [HR_LIBRARY_REQUESTS] = "Python's requests",
    [HR_LIBRARY_URLLIB3] = "Python's urllib3",
    [HR_LIBRARY_HTTPX] = "Python's httpx",
    [HR_LIBRARY_AIOHTTP] = "Python's aiohttp",
    [HR_LIBRARY_NODE_HTTP] = "a library on Node.js' http module",
    [HR_LIBRARY_UNDICI] = "Node.js' fetch (undici)",
    [HR_LIBRARY_CURL] = "curl",
    [HR_LIBRARY_JAVA] = "Java's HttpClient",
    [HR_LIBRARY_APACHE] = "Apache HttpClient",
    [HR_LIBRARY_OKHTTP] = "OkHttp",
};

typedef struct {
    const char *words; /* goes on after "If this client is ...: " */
    const char *source;
} advice;

/* The same setting keeps ahead of the server and of a middlebox. */
#define GO_IDLE                                                                                    \
    "set Transport.IdleConnTimeout (90 s in DefaultTransport, none in a Transport of one's own)"   \
    " below the timeout on the other side.",                                                       \
        "net/http, Transport.IdleConnTimeout"
#define HTTPX_IDLE                                                                                 \
    "set httpx.Limits(keepalive_expiry=...), 5 s by default, below the timeout on the other"       \
    " side.",                                                                                      \
        "httpx, Resource Limits"
#define AIOHTTP_IDLE                                                                               \
    "set TCPConnector(keepalive_timeout=...), 15 s by default, below the timeout on the other"     \
    " side.",                                                                                      \
        "aiohttp, Client Reference, TCPConnector"
#define NODE_IDLE                                                                                  \
    "set the timeout of the http.Agent (5 s in the global agent since Node.js 19, else none)"      \
    " below the one on the other side.",                                                           \
        "Node.js, http, new Agent([options])"
#define UNDICI_IDLE                                                                                \
    "set keepAliveTimeout (4 s by default) and keepAliveMaxTimeout (600 s, for what the server's"  \
    " Keep-Alive header allows) of the undici Agent below the timeout on the other side.",         \
        "undici, Client"
#define CURL_IDLE                                                                                  \
    "in libcurl set CURLOPT_MAXAGE_CONN (118 s by default) below the timeout on the other side.",  \
        "CURLOPT_MAXAGE_CONN"
#define JAVA_IDLE                                                                                  \
    "set the system property jdk.httpclient.keepalive.timeout (30 s by default, 1200 s before"     \
    " JDK 20) below the timeout on the other side.",                                               \
        "java.net.http, module-info"
#define APACHE_IDLE                                                                                \
    "call evictIdleConnections() of the HttpClientBuilder with less than the timeout on the other" \
    " side.",                                                                                      \
        "HttpClientBuilder.evictIdleConnections"
#define OKHTTP_IDLE                                                                                \
    "make keepAliveDuration of the ConnectionPool (5 minutes by default) shorter than the timeout" \
    " on the other side.",                                                                         \
        "okhttp3, ConnectionPool"

/* requests and urllib3 have no idle timeout, aiohttp, undici and Java no limit of idle connections
 * unless one is set, and the curl tool reads what it asked for. */
static const advice advices[HR_LIBRARY_COUNT][TOPICS] = {
    [HR_LIBRARY_GO] =
        {
            [SHARE] = {"make one http.Client with one Transport, and share it among all calls and"
                       " goroutines.",
                       "net/http, Clients and Transports"},
            [DRAIN] = {"call io.Copy(io.Discard, resp.Body) before resp.Body.Close(), so that each"
                       " body is read to EOF.",
                       "net/http, Response.Body"},
            [KEEP] = {"raise Transport.MaxIdleConnsPerHost (2 by default) to the number of calls"
                      " that run at once, or bound these with Transport.MaxConnsPerHost.",
                      "net/http, Transport.MaxIdleConnsPerHost"},
            [EXPIRE] = {GO_IDLE},
            [OUTLAST] = {GO_IDLE},
        },
    [HR_LIBRARY_REQUESTS] =
        {
            [SHARE] = {"keep one requests.Session (one for each thread) for all calls:"
                       " requests.get() and its like make a new one each time.",
                       "requests, Session Objects"},
            [DRAIN] = {"with stream=True read .content, or iter_content() to its end, before the"
                       " response is closed: Response.close() before that closes the connection.",
                       "requests, Body Content Workflow"},
            [KEEP] = {"mount HTTPAdapter(pool_maxsize=N), 10 by default, with N the number of"
                      " calls that run at once; pool_block=True bounds these.",
                      "requests, HTTPAdapter"},
            [EXPIRE] = {"it keeps idle connections without a timeout; let the server's be longer"
                        " than the pauses between calls, and retry idempotent methods:"
                        " HTTPAdapter(max_retries=Retry(...)).",
                        "requests, HTTPAdapter; urllib3, Retry"},
        },
    [HR_LIBRARY_URLLIB3] =
        {
            [SHARE] = {"make one PoolManager and share it among all calls.", "urllib3, User Guide"},
            [DRAIN] = {"with preload_content=False read the answer to its end, or call"
                       " drain_conn(), before release_conn().",
                       "urllib3, HTTPResponse.drain_conn"},
            [KEEP] = {"raise maxsize of the PoolManager (1 by default) to the number of calls that"
                      " run at once; block=True bounds these.",
                      "urllib3, Customizing Pool Behavior"},
            [EXPIRE] = {"it keeps idle connections without a timeout; let the server's be longer"
                        " than the pauses between calls, and retry idempotent methods (Retry).",
                        "urllib3, connectionpool.py; urllib3, Retry"},
        },
    [HR_LIBRARY_HTTPX] =
        {
            [SHARE] = {"make one httpx.Client or AsyncClient and share it: httpx.get() and its"
                       " like make a new one each time.",
                       "httpx, Clients"},
            [DRAIN] = {"in client.stream() read the body to its end (response.read(), await"
                       " response.aread()) before the block ends.",
                       "httpx, Streaming responses"},
            [KEEP] = {"raise httpx.Limits(max_keepalive_connections=...), 20 by default for all"
                      " hosts together.",
                      "httpx, Resource Limits"},
            [EXPIRE] = {HTTPX_IDLE},
            [OUTLAST] = {HTTPX_IDLE},
        },
    [HR_LIBRARY_AIOHTTP] =
        {
            [SHARE] = {"make one ClientSession for the life of the application, not one for each"
                       " request.",
                       "aiohttp, Client Reference, ClientSession"},
            [DRAIN] = {"read the body to its end (await resp.read()) before the response's async"
                       " with block ends.",
                       "aiohttp, client_proto.py, ResponseHandler.should_close"},
            [EXPIRE] = {AIOHTTP_IDLE},
            [OUTLAST] = {AIOHTTP_IDLE},
        },
    [HR_LIBRARY_NODE_HTTP] =
        {
            [SHARE] = {"give all requests one http.Agent or https.Agent with keepAlive: true (the"
                       " global agent has that since Node.js 19).",
                       "Node.js, http.globalAgent"},
            [DRAIN] = {"read the answer's stream to its end, or call resume() on it; destroying it"
                       " closes the connection.",
                       "Node.js, http.ClientRequest"},
            [KEEP] = {"raise maxFreeSockets of the http.Agent (256 by default), or bound the"
                      " connections with maxSockets.",
                      "Node.js, http, new Agent([options])"},
            [EXPIRE] = {NODE_IDLE},
            [OUTLAST] = {NODE_IDLE},
        },
    [HR_LIBRARY_UNDICI] =
        {
            [SHARE] = {"let all calls use the global dispatcher or one undici Agent, and consume"
                       " every body: one that is left unread holds its connection.",
                       "undici, Garbage Collection"},
            [DRAIN] = {"read each body to its end, also one that is not wanted (await"
                       " response.arrayBuffer()): cancelling it gives an HTTP/1 connection up.",
                       "undici, Garbage Collection"},
            [EXPIRE] = {UNDICI_IDLE},
            [OUTLAST] = {UNDICI_IDLE},
        },
    [HR_LIBRARY_CURL] =
        {
            [SHARE] = {"it keeps connections within one run only: name all URLs in one command"
                       " (--next separates their options); with libcurl use one handle again.",
                       "curl, --next; libcurl-easy, reuse"},
            [KEEP] = {"in libcurl raise CURLMOPT_MAXCONNECTS of the multi handle, or"
                      " CURLOPT_MAXCONNECTS (5 by default) of an easy one.",
                      "CURLOPT_MAXCONNECTS"},
            [EXPIRE] = {CURL_IDLE},
            [OUTLAST] = {CURL_IDLE},
        },
    [HR_LIBRARY_JAVA] =
        {
            [SHARE] = {"build one HttpClient and share it: each has connections of its own.",
                       "java.net.http, HttpClient"},
            [DRAIN] = {"read the stream of BodyHandlers.ofInputStream() to its end before closing"
                       " it; BodyHandlers.discarding() takes what is not wanted.",
                       "java.net.http, BodySubscribers.ofInputStream"},
            [KEEP] = {"raise the system property jdk.httpclient.connectionPoolSize (0, the default,"
                      " is no limit).",
                      "java.net.http, module-info"},
            [EXPIRE] = {JAVA_IDLE},
            [OUTLAST] = {JAVA_IDLE},
        },
    [HR_LIBRARY_APACHE] =
        {
            [SHARE] = {"build one CloseableHttpClient with a pooling connection manager, and share"
                       " it among all threads.",
                       "HttpClient Tutorial, Connection management"},
            [DRAIN] = {"EntityUtils.consume(response.getEntity()) before the response is closed:"
                       " closing it alone gives the connection up.",
                       "HttpClient Tutorial, Ensuring release of low level resources"},
            [KEEP] = {"raise setMaxConnPerRoute() and setMaxConnTotal() (2 and 20 by default in"
                      " 4.x, 5 and 25 in 5.x).",
                      "PoolingHttpClientConnectionManager"},
            [EXPIRE] = {APACHE_IDLE},
            [OUTLAST] = {APACHE_IDLE},
        },
    [HR_LIBRARY_OKHTTP] =
        {
            [SHARE] = {"share one OkHttpClient; what newBuilder() makes from it has the same"
                       " ConnectionPool.",
                       "okhttp3, OkHttpClient"},
            [DRAIN] = {"read the body to its end (string(), bytes()) and close the response;"
                       " closing it early reads on for a moment only, then gives the connection"
                       " up.",
                       "okhttp3, Http1ExchangeCodec, DISCARD_STREAM_TIMEOUT_MILLIS"},
            [KEEP] = {"raise maxIdleConnections of the ConnectionPool (5 by default).",
                      "okhttp3, ConnectionPool"},
            [EXPIRE] = {OKHTTP_IDLE},
            [OUTLAST] = {OKHTTP_IDLE},
        },
};

hr_library hr_library_named(const char *user_agent)
{
    for (size_t i = 0; i < G_N_ELEMENTS(products); i++) {
        if (hr_software_is_named(user_agent, products[i].product)) {
            return products[i].library;
        }
    }
    return HR_LIBRARY_UNKNOWN;
}

hr_library hr_library_of(const hr_connection *connection)
{
    return connection->products.is_relayed ? HR_LIBRARY_UNKNOWN
                                           : hr_library_named(connection->products.user_agent);
}

const char *hr_library_name(hr_library library)
{
    return names[library];
}

bool hr_advice_is_for(hr_finding_code code)
{
    return topics[code][0] != NOTHING;
}

bool hr_advice_append(GString *text, hr_finding_code code, hr_library library)
{
    bool is_first = true;

    for (size_t i = 0; i < TOPICS_PER_FINDING; i++) {
        const char *words = advices[library][topics[code][i]].words;
        if (words == NULL) {
            continue;
        }
        if (is_first) {
            g_string_append_printf(
                text, "If this client is %s, as its User-Agent says: ", names[library]);
        } else {
            g_string_append(text, " And ");
        }
        g_string_append(text, words);
        is_first = false;
    }
    return !is_first;
}

const char *hr_advice_source(hr_finding_code code, hr_library library)
{
    return advices[library][topics[code][0]].source;
}
