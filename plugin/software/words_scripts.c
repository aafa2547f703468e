/* words_scripts.c
 * Words of advice for the libraries of Python, Node.js, Ruby, PHP and Perl. requests, urllib3 and
 * excon have no idle timeout, aiohttp and undici no limit of idle connections unless one is set.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "software/words.h"

#define SHARE HR_TOPIC_SHARE
#define DRAIN HR_TOPIC_DRAIN
#define KEEP HR_TOPIC_KEEP
#define IN_ALL HR_TOPIC_KEEP_IN_ALL
#define EXPIRE HR_TOPIC_EXPIRE
#define NO_CLOSE HR_TOPIC_NO_CLOSE
#define PROCESS HR_TOPIC_PROCESS
#define PING HR_TOPIC_PING
#define DEADLINE HR_TOPIC_DEADLINE

/* Mostly the same setting keeps ahead of the server and of what lies between. */
#define BOTH (HR_TOPIC_EXPIRE | HR_TOPIC_OUTLAST)

static const hr_words words[] = {
    {HR_PRODUCT_REQUESTS, SHARE,
     "keep one requests.Session (one for each thread) for all calls: requests.get() and its like"
     " make a new one each time.",
     "requests, Session Objects"},
    {HR_PRODUCT_REQUESTS, NO_CLOSE,
     "take Connection: close out of the headers that it sends (Session.headers, headers=): it asks"
     " for keep-alive by itself.",
     "requests, utils.py, default_headers"},
    {HR_PRODUCT_REQUESTS, DRAIN,
     "with stream=True read .content, or iter_content() to its end, before the response is closed:"
     " Response.close() before that closes the connection.",
     "requests, Body Content Workflow"},
    {HR_PRODUCT_REQUESTS, KEEP,
     "mount HTTPAdapter(pool_maxsize=N), 10 by default, with N the number of calls that run at"
     " once; pool_block=True bounds these.",
     "requests, HTTPAdapter"},
    {HR_PRODUCT_REQUESTS, IN_ALL,
     "mount HTTPAdapter(pool_connections=N), with N the number of hosts: it keeps connections to 10"
     " hosts by default, and closes those to the one that was asked least recently.",
     "requests, HTTPAdapter; urllib3, Customizing Pool Behavior"},
    {HR_PRODUCT_REQUESTS, EXPIRE,
     "it keeps idle connections without a timeout; let the server's be longer than the pauses"
     " between calls, and retry idempotent methods: HTTPAdapter(max_retries=Retry(...)).",
     "requests, HTTPAdapter; urllib3, Retry"},
    {HR_PRODUCT_REQUESTS, DEADLINE,
     "give each call a timeout= (none by default): it ends the wait for the next bytes of an"
     " answer, and the connection.",
     "requests, Timeouts"},
    {HR_PRODUCT_URLLIB3, DEADLINE,
     "give the PoolManager or each call timeout=Timeout(connect=..., read=...), none by default.",
     "urllib3, Timeout"},
    {HR_PRODUCT_URLLIB3, SHARE, "make one PoolManager and share it among all calls.",
     "urllib3, User Guide"},
    {HR_PRODUCT_URLLIB3, DRAIN,
     "with preload_content=False read the answer to its end, or call drain_conn(), before"
     " release_conn().",
     "urllib3, HTTPResponse.drain_conn"},
    {HR_PRODUCT_URLLIB3, KEEP,
     "raise maxsize of the PoolManager (1 by default) to the number of calls that run at once;"
     " block=True bounds these.",
     "urllib3, Customizing Pool Behavior"},
    {HR_PRODUCT_URLLIB3, IN_ALL,
     "raise num_pools of the PoolManager to the number of hosts: it keeps connections to 10 hosts"
     " by default, and closes those to the one that was asked least recently.",
     "urllib3, Customizing Pool Behavior"},
    {HR_PRODUCT_URLLIB3, EXPIRE,
     "it keeps idle connections without a timeout; let the server's be longer than the pauses"
     " between calls, and retry idempotent methods (Retry).",
     "urllib3, connectionpool.py; urllib3, Retry"},
    {HR_PRODUCT_BOTO, SHARE,
     "make one client (boto3.client()) for each service and share it among all threads: each has"
     " connections of its own.",
     "boto3, Low-level clients, Multithreading"},
    {HR_PRODUCT_BOTO, DRAIN,
     "read each StreamingBody (get_object()['Body']) to its end before it is closed.",
     "botocore, response.StreamingBody"},
    {HR_PRODUCT_BOTO, KEEP,
     "raise Config(max_pool_connections=N), 10 by default, to the number of calls that run at"
     " once.",
     "botocore, Config"},
    {HR_PRODUCT_BOTO, IN_ALL,
     "ask fewer hosts with one client (each bucket in virtual-hosted style is one): its pool"
     " manager keeps connections to 10 hosts.",
     "botocore, httpsession.py; urllib3, Customizing Pool Behavior"},
    {HR_PRODUCT_BOTO, EXPIRE,
     "it keeps idle connections without a timeout, and makes a call that failed so again by itself"
     " (Config(retries=...)); let the other side's timeout be longer than the pauses between"
     " calls.",
     "botocore, httpsession.py; Config"},
    {HR_PRODUCT_BOTO, DEADLINE, "lower Config(read_timeout=...), 60 s by default.",
     "botocore, Config"},
    {HR_PRODUCT_URLLIB, SHARE | NO_CLOSE,
     "use a library that keeps connections (http.client.HTTPConnection, a requests.Session): it"
     " says Connection: close with each request.",
     "Python, urllib/request.py, AbstractHTTPHandler.do_open"},
    {HR_PRODUCT_HTTPLIB2, SHARE,
     "make one httplib2.Http for each thread and keep it: each has connections of its own, one for"
     " each host, and reads its answers whole.",
     "httplib2, Http.request; measured, 0.20"},
    {HR_PRODUCT_HTTPX, SHARE,
     "make one httpx.Client or AsyncClient and share it: httpx.get() and its like make a new one"
     " each time. While more connections are open, busy ones included, than"
     " Limits(max_keepalive_connections=...), 20 by default, each is closed after its answer.",
     "httpx, Clients; Resource Limits; measured, 0.23: bursts of 12 with 4"},
    {HR_PRODUCT_HTTPX, DRAIN,
     "in client.stream() read the body to its end (response.read(), await response.aread()) before"
     " the block ends.",
     "httpx, Streaming responses"},
    {HR_PRODUCT_HTTPX, KEEP | IN_ALL,
     "raise httpx.Limits(max_keepalive_connections=...), 20 by default for all hosts together.",
     "httpx, Resource Limits"},
    {HR_PRODUCT_HTTPX, BOTH,
     "set httpx.Limits(keepalive_expiry=...), 5 s by default, below the timeout on the"
     " other side.",
     "httpx, Resource Limits"},
    {HR_PRODUCT_HTTPX, PING | DEADLINE,
     "leave its timeout (5 s without a byte by default) or set one, and catch ReadTimeout: timeout="
     "None waits as long as TCP does.",
     "httpx, Timeouts"},
    {HR_PRODUCT_AIOHTTP, DEADLINE,
     "set ClientTimeout(sock_read=...), none by default, or total, 5 minutes by default.",
     "aiohttp, Client Reference, ClientTimeout"},
    {HR_PRODUCT_AIOHTTP, SHARE,
     "make one ClientSession for the life of the application, not one for each request, and leave"
     " force_close of its TCPConnector false.",
     "aiohttp, Client Reference, ClientSession"},
    {HR_PRODUCT_AIOHTTP, NO_CLOSE,
     "leave force_close of the TCPConnector false, and send no Connection: close of one's own.",
     "aiohttp, Client Reference, TCPConnector"},
    {HR_PRODUCT_AIOHTTP, DRAIN,
     "read the body to its end (await resp.read()) before the response's async with block ends.",
     "aiohttp, client_proto.py, ResponseHandler.should_close"},
    {HR_PRODUCT_AIOHTTP, BOTH,
     "set TCPConnector(keepalive_timeout=...), 15 s by default and checked as seldom, below"
     " half the timeout on the other side.",
     "aiohttp, Client Reference, TCPConnector; connector.py, BaseConnector._cleanup"},
    {HR_PRODUCT_TORNADO, SHARE | NO_CLOSE,
     "choose curl_httpclient (AsyncHTTPClient.configure): the default, simple_httpclient, says"
     " Connection: close with each request.",
     "tornado, simple_httpclient.py; tornado.httpclient"},

    {HR_PRODUCT_NODE_HTTP, SHARE | NO_CLOSE,
     "give all requests one http.Agent or https.Agent with keepAlive: true (the global agent has"
     " that since Node.js 19).",
     "Node.js, http.globalAgent"},
    {HR_PRODUCT_NODE_HTTP, DRAIN,
     "read the answer's stream to its end, or call resume() on it; destroying it closes the"
     " connection.",
     "Node.js, http.ClientRequest"},
    {HR_PRODUCT_NODE_HTTP, KEEP,
     "raise maxFreeSockets of the http.Agent (256 by default), or bound the connections with"
     " maxSockets.",
     "Node.js, http, new Agent([options])"},
    {HR_PRODUCT_NODE_HTTP, BOTH,
     "set the timeout of the http.Agent (5 s in the global agent since Node.js 19, else"
     " none) below the one on the other side.",
     "Node.js, http, new Agent([options])"},
    {HR_PRODUCT_NODE_HTTP, DEADLINE,
     "give each request signal: AbortSignal.timeout(ms), or timeout (none by default) and destroy()"
     " it in the event 'timeout': the event alone ends nothing.",
     "Node.js, http.request, options signal and timeout"},
    {HR_PRODUCT_AWS_JS, SHARE | NO_CLOSE,
     "make one client for each service and share it among all calls; before version 3 set"
     " AWS_NODEJS_CONNECTION_REUSE_ENABLED=1, since it keeps no connections by default.",
     "AWS SDK for JavaScript, Reusing connections with keep-alive in Node.js"},
    {HR_PRODUCT_AWS_JS, DRAIN,
     "read each streamed body to its end (await Body.transformToByteArray()), or destroy it, which"
     " gives the connection up.",
     "AWS SDK for JavaScript v3, Node.js HTTP handler; @smithy/node-http-handler"},
    {HR_PRODUCT_AWS_JS, KEEP | IN_ALL,
     "raise maxSockets of the https.Agent in its NodeHttpHandler (50 by default, with keepAlive:"
     " true).",
     "@smithy/node-http-handler"},
    {HR_PRODUCT_AWS_JS, BOTH,
     "give its NodeHttpHandler an https.Agent with keepAlive: true and a timeout (none by default)"
     " below the one on the other side.",
     "@smithy/node-http-handler; Node.js, http, new Agent([options])"},
    {HR_PRODUCT_AWS_JS, DEADLINE,
     "set socketTimeout of its NodeHttpHandler, or give each call an abortSignal.",
     "@smithy/node-http-handler"},
    {HR_PRODUCT_UNDICI, SHARE,
     "let all calls use the global dispatcher or one undici Agent, and consume every body: one"
     " that is left unread holds its connection.",
     "undici, Garbage Collection"},
    {HR_PRODUCT_UNDICI, NO_CLOSE,
     "leave pipelining of the Agent above 0 (1 by default), and reset of a request false. A HEAD"
     " costs its connection, unless the request says reset: false, which fetch() cannot.",
     "undici, Client; Dispatcher.dispatch; lib/dispatcher/client-h1.js, writeH1; measured, 7.30"},
    {HR_PRODUCT_UNDICI, DRAIN,
     "read each body to its end, also one that is not wanted (await response.arrayBuffer()):"
     " cancelling it gives an HTTP/1 connection up.",
     "undici, Garbage Collection"},
    {HR_PRODUCT_UNDICI, BOTH,
     "set keepAliveTimeout (4 s by default) and keepAliveMaxTimeout (600 s, for what the"
     " server's Keep-Alive header allows) of the undici Agent below the timeout on the"
     " other side.",
     "undici, Client"},
    {HR_PRODUCT_UNDICI, PING | DEADLINE,
     "lower headersTimeout and bodyTimeout of the undici Agent (300 s each by default), or give"
     " each call signal: AbortSignal.timeout(ms).",
     "undici, Client"},

    {HR_PRODUCT_RUBY, DEADLINE,
     "lower read_timeout of Net::HTTP (60 s by default): it ends the wait for the next bytes of an"
     " answer; idempotent calls are made again (max_retries, 1).",
     "Ruby, Net::HTTP#read_timeout, max_retries"},
    {HR_PRODUCT_RUBY, SHARE | NO_CLOSE,
     "make all calls inside one Net::HTTP.start(host, port) { |http| ... }, or use the gem"
     " net-http-persistent: Net::HTTP.get and its like connect each time.",
     "Ruby, Net::HTTP.start; net-http-persistent"},
    {HR_PRODUCT_RUBY, BOTH,
     "set keep_alive_timeout of Net::HTTP (2 s by default), or idle_timeout of"
     " Net::HTTP::Persistent (5 s), below the timeout on the other side; both are looked at"
     " when the next request comes.",
     "Ruby, Net::HTTP#keep_alive_timeout; net-http-persistent, idle_timeout"},
    {HR_PRODUCT_FARADAY, SHARE | NO_CLOSE,
     "keep one Faraday connection, with an adapter that keeps its connections (for instance"
     " :net_http_persistent): the default, :net_http, connects for each call.",
     "faraday, adapter/net_http.rb; faraday-net_http_persistent"},
    {HR_PRODUCT_REST_CLIENT, SHARE | NO_CLOSE,
     "use a library that keeps connections (net-http-persistent, Faraday with its adapter, excon"
     " with persistent: true): it connects for each call, also with one RestClient::Resource.",
     "rest-client, request.rb, transmit"},
    {HR_PRODUCT_AWS_RUBY, SHARE,
     "let the clients of one process have the same HTTP options: these share a pool of"
     " connections.",
     "aws-sdk-core, Seahorse::Client::NetHttp::ConnectionPool.for"},
    {HR_PRODUCT_AWS_RUBY, BOTH,
     "set http_idle_timeout of the client (5 s by default, looked at when the next request comes)"
     " below the timeout on the other side.",
     "aws-sdk-core, Seahorse::Client::NetHttp::ConnectionPool"},
    {HR_PRODUCT_EXCON, SHARE,
     "make one Excon.new(url, persistent: true) for all calls to a host: persistent is false by"
     " default.",
     "excon, README, Options; constants.rb"},
    {HR_PRODUCT_EXCON, EXPIRE,
     "it keeps a persistent connection without a timeout; call reset after a pause that is longer"
     " than the server's, and say idempotent: true for what may be sent twice.",
     "excon, connection.rb, reset; README, Options"},
    {HR_PRODUCT_HTTP_RB, SHARE | NO_CLOSE,
     "make one HTTP.persistent(url) for all calls to a host: HTTP.get and its like close the"
     " connection.",
     "http.rb, chainable.rb, persistent"},
    {HR_PRODUCT_HTTP_RB, DRAIN,
     "read each body (to_s), or call flush, before the next request on an HTTP.persistent client.",
     "http.rb, wiki, Persistent Connections"},
    {HR_PRODUCT_HTTP_RB, BOTH,
     "set HTTP.persistent(url, timeout: ...), 5 s by default and looked at when the next"
     " request comes, below the timeout on the other side.",
     "http.rb, chainable.rb, persistent"},
    {HR_PRODUCT_RUBY_HTTPCLIENT, SHARE,
     "make one HTTPClient.new and share it among all calls: HTTPClient.get and its like make one"
     " each time.",
     "httpclient, HTTPClient"},
    {HR_PRODUCT_RUBY_HTTPCLIENT, BOTH,
     "set keep_alive_timeout (15 s by default, looked at when the next request comes) below"
     " the timeout on the other side.",
     "httpclient, session.rb"},

    {HR_PRODUCT_GUZZLE, SHARE | PROCESS,
     "make one GuzzleHttp\\Client and share it among all calls: each has connections of its own,"
     " which end with the PHP request.",
     "guzzle, Handler/CurlFactory.php"},
    {HR_PRODUCT_GUZZLE, KEEP,
     "give the handler a CurlFactory(N) as its handle_factory: by default it keeps 3 handles for"
     " calls one by one, 50 for concurrent ones.",
     "guzzle, Handler/CurlHandler.php, CurlMultiHandler.php"},

    {HR_PRODUCT_AWS_PHP, SHARE | PROCESS,
     "make one client for each service (Aws\\Sdk) and use it for all calls: each has a handler with"
     " connections of its own, which end with the PHP request.",
     "AWS SDK for PHP, Aws\\default_http_handler; guzzle, Handler/CurlFactory.php"},

    {HR_PRODUCT_LWP, SHARE | NO_CLOSE,
     "make one LWP::UserAgent->new(keep_alive => N) for all calls: without keep_alive it keeps no"
     " connections.",
     "LWP::UserAgent, keep_alive"},
    {HR_PRODUCT_LWP, DEADLINE, "lower timeout of the LWP::UserAgent (180 s by default).",
     "LWP::UserAgent, timeout"},
    {HR_PRODUCT_LWP, KEEP | IN_ALL,
     "raise N in keep_alive => N: so many connections are kept for all hosts together.",
     "LWP::ConnCache, total_capacity"},
    {HR_PRODUCT_LWP, BOTH,
     "it keeps idle connections without a timeout; call $ua->conn_cache->drop(SECONDS)"
     " before a request, with less than the timeout on the other side.",
     "LWP::ConnCache, drop"},
    {HR_PRODUCT_HTTP_TINY, SHARE,
     "make one HTTP::Tiny->new for all calls to a host: it keeps one connection, to the last host"
     " asked.",
     "HTTP::Tiny, keep_alive"},
    {HR_PRODUCT_MOJOLICIOUS, SHARE,
     "make one Mojo::UserAgent->new (in an application its ua) for all calls.", "Mojo::UserAgent"},
    {HR_PRODUCT_MOJOLICIOUS, KEEP | IN_ALL,
     "raise max_connections of the Mojo::UserAgent (5 by default, for all hosts together).",
     "Mojo::UserAgent, max_connections"},
    {HR_PRODUCT_MOJOLICIOUS, BOTH,
     "set inactivity_timeout of the Mojo::UserAgent (40 s by default) below the timeout on"
     " the other side.",
     "Mojo::UserAgent, inactivity_timeout"},
};

const hr_words *hr_words_of_scripts(size_t *count)
{
    *count = G_N_ELEMENTS(words);
    return words;
}
