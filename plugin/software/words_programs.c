/* words_programs.c
 * Words of advice for curl, Wget, and the libraries of Go, C, Java, Rust and Dart. Java's
 * HttpClient has no limit of idle connections unless one is set, and the curl tool reads what it
 * asked for.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "software/words.h"

#define SHARE HR_TOPIC_SHARE
#define DRAIN HR_TOPIC_DRAIN
#define KEEP HR_TOPIC_KEEP
#define IN_ALL HR_TOPIC_KEEP_IN_ALL
#define EXPIRE HR_TOPIC_EXPIRE
#define OUTLAST HR_TOPIC_OUTLAST
#define NO_CLOSE HR_TOPIC_NO_CLOSE
#define PROCESS HR_TOPIC_PROCESS
#define BOUND HR_TOPIC_BOUND
#define PING HR_TOPIC_PING
#define DEADLINE HR_TOPIC_DEADLINE

/* Mostly the same setting keeps ahead of the server and of what lies between. */
#define BOTH (HR_TOPIC_EXPIRE | HR_TOPIC_OUTLAST)

static const hr_words words[] = {
    {HR_PRODUCT_GO, SHARE,
     "make one http.Client with one Transport, and share it among all calls and goroutines.",
     "net/http, Clients and Transports"},
    {HR_PRODUCT_GO, DRAIN,
     "call io.Copy(io.Discard, resp.Body) before resp.Body.Close(), so that each body is read to"
     " EOF.",
     "net/http, Response.Body"},
    {HR_PRODUCT_GO, KEEP,
     "raise Transport.MaxIdleConnsPerHost (2 by default) to the number of calls that run at once,"
     " or bound these with Transport.MaxConnsPerHost. To a server that speaks HTTP/2 over TLS one"
     " connection does; a Transport with a TLSClientConfig or a dial function of its own offers"
     " HTTP/2 only if ForceAttemptHTTP2 is set.",
     "net/http, Transport.MaxIdleConnsPerHost, Transport.ForceAttemptHTTP2"},
    {HR_PRODUCT_GO, IN_ALL,
     "raise Transport.MaxIdleConns (100 in DefaultTransport, no limit in a Transport of one's own),"
     " which counts the idle connections to all hosts together.",
     "net/http, Transport.MaxIdleConns; transport.go, DefaultTransport"},
    {HR_PRODUCT_GO, BOTH,
     "set Transport.IdleConnTimeout (90 s in DefaultTransport, none in a Transport of one's"
     " own) below the timeout on the other side.",
     "net/http, Transport.IdleConnTimeout"},
    {HR_PRODUCT_GO, PING,
     "set ReadIdleTimeout of the http2.Transport (http2.ConfigureTransports; off by default), and"
     " PingTimeout (15 s); from Go 1.24 on SendPingTimeout and PingTimeout of Transport.HTTP2 do"
     " the same. A call's timeout ends its stream alone, and the next call takes the same"
     " connection.",
     "golang.org/x/net/http2, Transport.ReadIdleTimeout; net/http, HTTP2Config.SendPingTimeout;"
     " golang/go issue 31643"},
    {HR_PRODUCT_GO, DEADLINE,
     "give each call a deadline, which gives its connection up: Client.Timeout (none by default) or"
     " a request's context; Transport.ResponseHeaderTimeout (none by default) bounds the wait for"
     " the head alone.",
     "net/http, Client.Timeout, Transport.ResponseHeaderTimeout"},
    {HR_PRODUCT_GO, NO_CLOSE,
     "leave Transport.DisableKeepAlives and Request.Close false, and set no Connection header of"
     " one's own.",
     "net/http, Transport.DisableKeepAlives, Request.Close"},
    {HR_PRODUCT_GO, BOUND,
     "warm the pool: send one request and wait for its answer before a burst (over HTTP/2 the"
     " others then share its connection); over HTTP/1.1 set Transport.MaxConnsPerHost (no bound by"
     " default).",
     "net/http, Transport.MaxConnsPerHost; transport.go, dialConnFor"},
    {HR_PRODUCT_AWS_GO_V2, KEEP,
     "raise MaxIdleConnsPerHost (10 by default) of its BuildableClient's transport"
     " (WithTransportOptions) to the number of calls that run at once.",
     "aws-sdk-go-v2, aws/transport/http, BuildableClient"},
    {HR_PRODUCT_AWS_GO_V2, IN_ALL,
     "raise MaxIdleConns (100 by default) of its BuildableClient's transport, which counts the idle"
     " connections to all hosts together.",
     "aws-sdk-go-v2, aws/transport/http, DefaultHTTPTransportMaxIdleConns"},
    {HR_PRODUCT_FASTHTTP, SHARE, "make one fasthttp.Client and share it among all goroutines.",
     "fasthttp, Client"},
    {HR_PRODUCT_FASTHTTP, BOTH,
     "set Client.MaxIdleConnDuration (10 s by default) below the timeout on the other"
     " side.",
     "fasthttp, Client.MaxIdleConnDuration"},

    {HR_PRODUCT_CURL, SHARE | PROCESS,
     "it keeps connections within one run only: name all URLs in one command (--next separates"
     " their options); with libcurl use one handle again.",
     "curl, --next; libcurl-easy, reuse"},
    {HR_PRODUCT_CURL, BOUND,
     "leave out --parallel-immediate, so that transfers wait whether one connection can carry them,"
     " or lower --parallel-max (50 by default); with libcurl set CURLOPT_PIPEWAIT, or bound the"
     " connections with CURLMOPT_MAX_HOST_CONNECTIONS.",
     "curl, --parallel-immediate; CURLOPT_PIPEWAIT"},
    {HR_PRODUCT_CURL, DRAIN,
     "it reads answers whole unless it is stopped: let it run to its end (Ctrl-C, --max-time and"
     " --max-filesize end it before, and so does head behind a pipe); with libcurl let the write"
     " callback take all that comes.",
     "curl, --max-time, --max-filesize; CURLOPT_WRITEFUNCTION"},
    {HR_PRODUCT_CURL, KEEP | IN_ALL,
     "in libcurl raise CURLMOPT_MAXCONNECTS of the multi handle, or CURLOPT_MAXCONNECTS (5 by"
     " default) of an easy one.",
     "CURLOPT_MAXCONNECTS"},
    {HR_PRODUCT_CURL, BOTH,
     "in libcurl set CURLOPT_MAXAGE_CONN (118 s by default) below the timeout on the other"
     " side.",
     "CURLOPT_MAXAGE_CONN"},
    {HR_PRODUCT_CURL, PING | DEADLINE,
     "set --max-time (none by default), or --speed-limit and --speed-time, which leave a long"
     " transfer its time; in libcurl CURLOPT_TIMEOUT or CURLOPT_LOW_SPEED_TIME, and over HTTP/2"
     " curl_easy_upkeep() between calls, which sends a PING.",
     "curl, --max-time, --speed-time; CURLOPT_LOW_SPEED_TIME; curl_easy_upkeep"},
    {HR_PRODUCT_PYCURL, SHARE,
     "use one pycurl.Curl() again for all calls: its connections end with it, or with each call"
     " where FORBID_REUSE is set.",
     "libcurl-easy, reuse; pycurl, Curl objects"},
    {HR_PRODUCT_WGET, SHARE | PROCESS,
     "it keeps connections within one run only, and one at a time: name all URLs in one command, or"
     " in a file (-i).",
     "wget, src/http.c, pconn; wget(1), --input-file"},
    {HR_PRODUCT_WGET2, SHARE | PROCESS,
     "it keeps connections within one run only, one for each of its threads: name all URLs in one"
     " command, or in a file (-i), and see that --max-threads (5 by default) is no more than"
     " needed.",
     "wget2, src/wget.c, try_connection; src/options.c, max_threads"},

    {HR_PRODUCT_JAVA_HTTP, SHARE,
     "build one HttpClient and share it: each has connections of its own.",
     "java.net.http, HttpClient"},
    {HR_PRODUCT_JAVA_HTTP, DRAIN,
     "read the stream of BodyHandlers.ofInputStream() to its end before closing it;"
     " BodyHandlers.discarding() takes what is not wanted.",
     "java.net.http, BodySubscribers.ofInputStream"},
    {HR_PRODUCT_JAVA_HTTP, KEEP | IN_ALL,
     "raise the system property jdk.httpclient.connectionPoolSize (0, the default, is no limit).",
     "java.net.http, module-info"},
    {HR_PRODUCT_JAVA_HTTP, BOUND,
     "send one request and wait for its answer before a burst of sendAsync(): over HTTP/2 the"
     " others then share its connection, while each of a burst on a cold client dials.",
     "jdk.internal.net.http.Http2ClientImpl; measured, JDK 17"},
    {HR_PRODUCT_JAVA_HTTP, BOTH,
     "set the system property jdk.httpclient.keepalive.timeout (30 s by default, 1200 s"
     " before JDK 20) below the timeout on the other side.",
     "java.net.http, module-info"},
    {HR_PRODUCT_JAVA_HTTP, PING | DEADLINE,
     "give each request a timeout(), which ends the wait for its answer (none by default); over"
     " HTTP/2 it sends no PINGs of its own.",
     "java.net.http, HttpRequest.Builder.timeout"},
    {HR_PRODUCT_JAVA_URL, DEADLINE,
     "call setReadTimeout() of each HttpURLConnection (0, the default, is none), or set the system"
     " property sun.net.client.defaultReadTimeout.",
     "java.net, URLConnection.setReadTimeout; Networking Properties"},
    {HR_PRODUCT_JAVA_URL, SHARE,
     "read each answer to its end and do not call disconnect(), which closes the connection: the"
     " JVM keeps connections for all calls by itself.",
     "java.net, HttpURLConnection; HTTP Persistent Connections"},
    {HR_PRODUCT_JAVA_URL, NO_CLOSE,
     "leave the system property http.keepAlive true, and set no Connection header of one's own.",
     "sun/net/www/http/HttpClient.java, http.keepAlive"},
    {HR_PRODUCT_JAVA_URL, DRAIN,
     "read getInputStream(), and of a 4xx or 5xx getErrorStream(), to its end, then close it.",
     "HTTP Persistent Connections; sun/net/www/http/KeepAliveStream.java"},
    {HR_PRODUCT_JAVA_URL, KEEP,
     "raise the system property http.maxConnections (5 idle ones for a host by default).",
     "sun/net/www/http/KeepAliveCache.java"},
    {HR_PRODUCT_JAVA_URL, BOTH,
     "set the system property http.keepAlive.time.server (5 s by default, checked each 5 s;"
     " what the server's Keep-Alive says comes first) below the timeout on the other side.",
     "sun/net/www/http/KeepAliveCache.java"},
    {HR_PRODUCT_APACHE_HC, SHARE,
     "build one CloseableHttpClient with a pooling connection manager, and share it among all"
     " threads.",
     "HttpClient Tutorial, Connection management"},
    {HR_PRODUCT_APACHE_HC, DRAIN,
     "EntityUtils.consume(response.getEntity()) before the response is closed: closing it alone"
     " gives the connection up.",
     "HttpClient Tutorial, Ensuring release of low level resources"},
    {HR_PRODUCT_APACHE_HC, KEEP | IN_ALL,
     "raise setMaxConnPerRoute() and setMaxConnTotal() (2 and 20 by default in 4.x, 5 and 25 in"
     " 5.x).",
     "PoolingHttpClientConnectionManager"},
    {HR_PRODUCT_APACHE_HC, BOTH,
     "call evictIdleConnections() of the HttpClientBuilder with less than the timeout on"
     " the other side.",
     "HttpClientBuilder.evictIdleConnections"},
    {HR_PRODUCT_APACHE_HC, DEADLINE,
     "set setResponseTimeout() of the RequestConfig (in 4.x setSocketTimeout(); by default the"
     " system's: none).",
     "HttpClient, RequestConfig"},
    {HR_PRODUCT_AWS_JAVA, SHARE,
     "make one client for each service and share it among all threads: each has connections of its"
     " own.",
     "AWS SDK for Java 2.x, Reuse an SDK client, if possible"},
    {HR_PRODUCT_AWS_JAVA, DRAIN,
     "read each ResponseInputStream (in 1.x S3ObjectInputStream) to its end before it is closed;"
     " abort() gives the connection up.",
     "AWS SDK for Java, S3ObjectInputStream"},
    {HR_PRODUCT_AWS_JAVA, KEEP | IN_ALL,
     "raise maxConnections (50 by default) of its HTTP client, in 1.x of the ClientConfiguration.",
     "AWS SDK for Java, ClientConfiguration"},
    {HR_PRODUCT_AWS_JAVA, DEADLINE,
     "set apiCallAttemptTimeout of the client (none by default), or lower socketTimeout of its HTTP"
     " client (30 s by default), in 1.x of the ClientConfiguration (50 s).",
     "aws-sdk-java-v2, SdkHttpConfigurationOption; AWS SDK for Java, ClientConfiguration"},
    {HR_PRODUCT_AWS_JAVA, BOTH,
     "set connectionMaxIdleTime of its HTTP client (in 1.x connectionMaxIdleMillis of the"
     " ClientConfiguration), 60 s by default, below the timeout on the other side.",
     "AWS SDK for Java, ClientConfiguration"},
    {HR_PRODUCT_OKHTTP, SHARE,
     "share one OkHttpClient; what newBuilder() makes from it has the same ConnectionPool.",
     "okhttp3, OkHttpClient"},
    {HR_PRODUCT_OKHTTP, DRAIN,
     "read the body to its end (string(), bytes()) and close the response; closing it early reads"
     " on for a moment only, then gives the connection up.",
     "okhttp3, Http1ExchangeCodec, DISCARD_STREAM_TIMEOUT_MILLIS"},
    {HR_PRODUCT_OKHTTP, KEEP | IN_ALL,
     "raise maxIdleConnections of the ConnectionPool (5 by default, for all hosts together).",
     "okhttp3, ConnectionPool"},
    {HR_PRODUCT_OKHTTP, BOTH,
     "make keepAliveDuration of the ConnectionPool (5 minutes by default) shorter than the"
     " timeout on the other side.",
     "okhttp3, ConnectionPool"},
    {HR_PRODUCT_OKHTTP, PING,
     "set pingInterval() of the OkHttpClient.Builder (0, the default, sends none): a PING that"
     " nobody answers until the next one is due ends the connection.",
     "okhttp3, OkHttpClient.Builder.pingInterval"},
    {HR_PRODUCT_OKHTTP, DEADLINE,
     "leave readTimeout() of the OkHttpClient.Builder (10 s by default), or set callTimeout() (none"
     " by default).",
     "okhttp3, OkHttpClient.Builder.readTimeout, callTimeout"},
    {HR_PRODUCT_PEKKO, SHARE,
     "make all calls through Http().singleRequest() or a cachedHostConnectionPool() of one"
     " ActorSystem: outgoingConnection() opens a connection each time that it is run.",
     "Pekko HTTP, Client-Side API"},
    {HR_PRODUCT_PEKKO, DRAIN,
     "consume each answer's entity, also one that is not wanted (discardEntityBytes()): until then"
     " it holds its connection.",
     "Pekko HTTP, Implications of the streaming nature of Request/Response Entities"},
    {HR_PRODUCT_PEKKO, KEEP, "raise host-connection-pool.max-connections (4 by default).",
     "pekko-http, reference.conf"},
    {HR_PRODUCT_PEKKO, BOTH,
     "set host-connection-pool.keep-alive-timeout (infinite by default) below the timeout on the"
     " other side; a pool that nobody uses ends after its idle-timeout (30 s).",
     "pekko-http, reference.conf"},
    {HR_PRODUCT_AHC, SHARE, "make one AsyncHttpClient and share it among all calls.",
     "AsyncHttpClient, README"},
    {HR_PRODUCT_AHC, BOTH,
     "set pooledConnectionIdleTimeout (60 s by default) below the timeout on the other"
     " side.",
     "async-http-client, ahc-default.properties"},
    {HR_PRODUCT_VERTX, SHARE,
     "make one WebClient for the life of the application: each has connections of its own.",
     "Vert.x Web Client, Creating a web client"},
    {HR_PRODUCT_VERTX, BOTH,
     "set keepAliveTimeout of the WebClientOptions (60 s by default; http2KeepAliveTimeout over"
     " HTTP/2) below the timeout on the other side.",
     "vertx-core, HttpClientOptions"},
    {HR_PRODUCT_JETTY_CLIENT, SHARE,
     "start one HttpClient and share it among all threads: each has connections of its own.",
     "jetty-client, HttpClient"},
    {HR_PRODUCT_JETTY_CLIENT, BOTH,
     "set idleTimeout of the HttpClient (30 s by default since 10) below the timeout on the other"
     " side.",
     "jetty-io, ClientConnector, idleTimeout"},
    {HR_PRODUCT_REACTOR_NETTY, SHARE,
     "make one HttpClient (in Spring one WebClient) and share it: those with a ConnectionProvider"
     " of their own have connections of their own.",
     "Reactor Netty, HTTP Client, Connection Pool"},
    {HR_PRODUCT_REACTOR_NETTY, BOTH,
     "set maxIdleTime of its ConnectionProvider (none by default) below the timeout on the other"
     " side.",
     "Reactor Netty, HTTP Client, Connection Pool"},

    {HR_PRODUCT_CHROME, SHARE,
     "requests with and without credentials (cookies, crossorigin=anonymous), and those of"
     " different top-level sites, have connections of their own: give a preconnect the crossorigin"
     " attribute of the requests that it is for, and let these agree where they can.",
     "Fetch Standard, connections; Chromium, net/socket/client_socket_pool.h, GroupId"},
    {HR_PRODUCT_FIREFOX, SHARE,
     "requests with and without credentials (cookies, crossorigin=anonymous), and those of"
     " different top-level sites, have connections of their own: give a preconnect the crossorigin"
     " attribute of the requests that it is for, and let these agree where they can.",
     "Fetch Standard, connections; Firefox, nsHttpConnectionInfo, SetAnonymous"},

    {HR_PRODUCT_UREQ, SHARE,
     "make one ureq::Agent, and share clones of it: these have the same connections.",
     "ureq, Agent"},
    {HR_PRODUCT_UREQ, KEEP,
     "raise max_idle_connections_per_host() of its Agent (3 by default, 1 in 2.x) to the number of"
     " calls that run at once.",
     "ureq 3, src/config.rs; ureq 2, agent.rs"},
    {HR_PRODUCT_UREQ, IN_ALL,
     "raise max_idle_connections() of its Agent (10 by default, 100 in 2.x, for all hosts"
     " together).",
     "ureq 3, src/config.rs; ureq 2, agent.rs"},
    {HR_PRODUCT_UREQ, BOTH,
     "in 3.x set max_idle_age() of its Agent (15 s by default, looked at when the next request"
     " comes) below the timeout on the other side; 2.x has none.",
     "ureq 3, src/config.rs"},
    {HR_PRODUCT_DART, SHARE, "make one HttpClient (with package:http one Client) for all calls.",
     "dart:io, HttpClient; package:http, Client"},
    {HR_PRODUCT_DART, BOTH,
     "set HttpClient.idleTimeout (15 s by default) below the timeout on the other side.",
     "dart:io, HttpClient.idleTimeout"},

    {HR_PRODUCT_HACKNEY, SHARE,
     "let all calls use one pool ({pool, default}): with {pool, false} each opens a connection, and"
     " from 2.0 on HTTP/1 over TLS always does.",
     "hackney, README, Connection Pooling; Migrating from hackney 1.x to 2.x"},

    {HR_PRODUCT_GRPC, SHARE,
     "make one channel (in Go one ClientConn) and use it for all calls and stubs: each channel has"
     " connections of its own.",
     "gRPC, Performance Best Practices"},
    {HR_PRODUCT_GRPC, OUTLAST,
     "send keep-alive pings (keepalive time) more often than the device between forgets"
     " connections.",
     "gRPC, Keepalive"},
    {HR_PRODUCT_GRPC, PING,
     "set its keepalive time (off by default), so that it sends PINGs, and its keepalive timeout"
     " (20 s), after which it gives the connection up; the server has to allow them as often (one"
     " in 5 minutes by default). A call's deadline ends its stream alone.",
     "gRPC, Keepalive"},
    {HR_PRODUCT_GRPC_CORE, PING,
     "set the channel argument grpc.keepalive_time_ms (off by default), so that it sends PINGs, and"
     " grpc.keepalive_timeout_ms (20 s); the server has to allow them as often (one in 5 minutes by"
     " default). A call's deadline ends its stream alone.",
     "gRPC, Keepalive; grpc, channel_arg_names.h"},
    {HR_PRODUCT_GRPC_GO, PING,
     "set grpc.WithKeepaliveParams with the Time (off by default) after which it sends a PING, and"
     " the Timeout (20 s), which it also sets as TCP_USER_TIMEOUT; the server has to allow them as"
     " often (keepalive.EnforcementPolicy, one in 5 minutes by default).",
     "grpc-go, keepalive.ClientParameters; gRFC A18"},
    {HR_PRODUCT_GRPC_NODE, PING,
     "set the channel option grpc.keepalive_time_ms (off by default), so that it sends PINGs, and"
     " grpc.keepalive_timeout_ms (20 s); the server has to allow them as often (one in 5 minutes by"
     " default).",
     "@grpc/grpc-js, README, Supported Channel Options"},
    {HR_PRODUCT_GRPC_JAVA, PING,
     "call keepAliveTime() of the ManagedChannelBuilder (off by default), so that it sends PINGs,"
     " and keepAliveTimeout() (20 s); the server has to allow them as often"
     " (permitKeepAliveTime(), one in 5 minutes by default).",
     "grpc-java, ManagedChannelBuilder.keepAliveTime"},
    {HR_PRODUCT_GRPC_CORE, EXPIRE,
     "set the channel argument grpc.client_idle_timeout_ms (30 minutes by default) below the"
     " timeout on the other side.",
     "grpc, channel_arg_names.h"},
    {HR_PRODUCT_GRPC_GO, EXPIRE,
     "set grpc.WithIdleTimeout (30 minutes by default) below the timeout on the other side.",
     "grpc-go, WithIdleTimeout"},
    {HR_PRODUCT_GRPC_NODE, EXPIRE,
     "set the channel option grpc.client_idle_timeout_ms (30 minutes by default) below the timeout"
     " on the other side.",
     "@grpc/grpc-js, src/internal-channel.ts"},
    {HR_PRODUCT_GRPC_JAVA, EXPIRE,
     "set idleTimeout() of the ManagedChannelBuilder (30 minutes by default) below the timeout on"
     " the other side.",
     "grpc-java, ManagedChannelBuilder.idleTimeout"},

    {HR_PRODUCT_SIEGE, SHARE | NO_CLOSE,
     "set connection = keep-alive in siege.conf (close by default), if its clients stand for some"
     " that keep theirs.",
     "siege.conf, connection"},
    {HR_PRODUCT_SIEGE, HR_TOPIC_HTTP11,
     "set protocol = HTTP/1.1 (the default) and connection = keep-alive in siege.conf, if its"
     " clients stand for some that keep theirs.",
     "siege.conf, protocol, connection"},
    {HR_PRODUCT_K6, SHARE | NO_CLOSE,
     "leave its options noConnectionReuse and noVUConnectionReuse false (the default): each virtual"
     " user then keeps its connections from one iteration to the next.",
     "k6, Options reference"},
    {HR_PRODUCT_PROMETHEUS, SHARE,
     "put what one address serves into one job: each job has connections of its own, which it keeps"
     " for 5 minutes.",
     "prometheus, scrape/scrape.go, newScrapePool; prometheus/common, config/http_config.go"},
    {HR_PRODUCT_HEALTH_CHECK, SHARE | NO_CLOSE,
     "leave it: only a check with a connection of its own sees whether the server still accepts"
     " one. A longer period makes fewer.",
     "kubernetes, pkg/probe/http, New: DisableKeepAlives"},
};

const hr_words *hr_words_of_programs(size_t *count)
{
    *count = G_N_ELEMENTS(words);
    return words;
}
