/* products.c
 * The table of products.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "software/products.h"

#define CLIENT HR_ROLE_CLIENT
#define SERVER HR_ROLE_SERVER
#define PROXY HR_ROLE_PROXY
#define DEVICE HR_ROLE_DEVICE

static const hr_product products[HR_PRODUCT_COUNT] = {
    {HR_PRODUCT_NONE, NULL, NULL, 0, 0, 0, NULL, NULL},

    /* clients */
    {HR_PRODUCT_GO, "Go net/http", "Go's net/http", CLIENT | SERVER, 0, 0, "go-http-client",
     "net/http/request.go, defaultUserAgent; as a server it says nothing"},
    {HR_PRODUCT_AWS_GO, "AWS SDK for Go", "the AWS SDK for Go", CLIENT, HR_PRODUCT_GO, 0,
     "aws-sdk-go", "aws-sdk-go, aws/version.go, SDKName"},
    {HR_PRODUCT_AWS_GO_V2, "AWS SDK for Go v2", "the AWS SDK for Go v2", CLIENT, HR_PRODUCT_GO, 0,
     "aws-sdk-go-v2", "aws-sdk-go-v2, aws/version.go, SDKName"},
    {HR_PRODUCT_FASTHTTP, "fasthttp", NULL, CLIENT | SERVER, 0, 0, "fasthttp",
     "fasthttp, strings.go, defaultUserAgent, defaultServerName"},
    {HR_PRODUCT_REQUESTS, "Python requests", "Python's requests", CLIENT, HR_PRODUCT_URLLIB3, 0,
     "python-requests", "requests, utils.py, default_user_agent"},
    {HR_PRODUCT_URLLIB3, "Python urllib3", "Python's urllib3", CLIENT, 0, 0, "python-urllib3",
     "urllib3, util/request.py, _DEFAULT_USER_AGENT"},
    {HR_PRODUCT_BOTO, "botocore", "the AWS SDK for Python (boto3)", CLIENT, HR_PRODUCT_URLLIB3, 0,
     "boto3|botocore|aws-cli", "botocore, session.py, user_agent"},
    {HR_PRODUCT_ELASTIC_PYTHON, "Elasticsearch client for Python",
     "the Elasticsearch client for Python", CLIENT, HR_PRODUCT_URLLIB3, 0, "elasticsearch-py",
     "elastic-transport-python, client_utils.py, create_user_agent; its default node: Urllib3"},
    {HR_PRODUCT_URLLIB, "Python urllib.request", "Python's urllib.request", CLIENT, 0, 0,
     "python-urllib", "measured, 3.11; urllib/request.py, OpenerDirector.addheaders"},
    {HR_PRODUCT_HTTPLIB2, "Python httplib2", "Python's httplib2", CLIENT, 0, 0, "python-httplib2",
     "measured, 0.20; httplib2, Http.request"},
    {HR_PRODUCT_HTTPX, "Python httpx", "Python's httpx", CLIENT, 0, 0, "python-httpx",
     "httpx, _client.py, USER_AGENT"},
    {HR_PRODUCT_AIOHTTP, "aiohttp", "Python's aiohttp", CLIENT | SERVER, 0, 0, "aiohttp",
     "aiohttp, http.py, SERVER_SOFTWARE, which the client says as well"},
    {HR_PRODUCT_TORNADO, "Tornado", NULL, CLIENT | SERVER, 0, 0, "tornado|tornadoserver",
     "tornado, simple_httpclient.py, web.py, set_default_headers"},
    {HR_PRODUCT_TWISTED, "Twisted Web", NULL, CLIENT | SERVER, 0, 0, "twistedweb",
     "twisted, web/server.py, version; its client says nothing"},
    {HR_PRODUCT_NODE_HTTP, "Node.js http", "a library on Node.js' http module", CLIENT | SERVER, 0,
     0, "axios|node-fetch|got",
     "lib/http.js says nothing; axios, lib/adapters/http.js; node-fetch, src/request.js; got,"
     " source/core/options.ts"},
    {HR_PRODUCT_AWS_JS, "AWS SDK for JavaScript", "the AWS SDK for JavaScript", CLIENT, 0, 0,
     "aws-sdk-js|aws-sdk-nodejs",
     "aws-sdk-js-v3, middleware-user-agent; aws-sdk-js, lib/util.js; its agents are its own"},
    {HR_PRODUCT_UNDICI, "Node.js fetch (undici)", "Node.js' fetch (undici)", CLIENT, 0, 0,
     "undici|node", "undici, lib/web/fetch/index.js, defaultUserAgent"},
    {HR_PRODUCT_ELASTIC_JS, "Elasticsearch client for JavaScript",
     "the Elasticsearch client for JavaScript", CLIENT, 0, 0, "elasticsearch-js",
     "measured, 9.4; @elastic/elasticsearch, lib/client.js; its undici has settings of its own"},
    {HR_PRODUCT_CURL, "curl", NULL, CLIENT, 0, 0, "curl|libcurl",
     "curl, src/tool_operate.c; libcurl, curl_version(), as programs say it; PHP's curl says"
     " nothing (measured, 8.2)"},
    {HR_PRODUCT_PYCURL, "PycURL", NULL, CLIENT, HR_PRODUCT_CURL, 0, "pycurl",
     "pycurl, src/module.c, g_pycurl_useragent"},
    {HR_PRODUCT_GUZZLE, "Guzzle", "PHP's Guzzle", CLIENT, HR_PRODUCT_CURL, 0, "guzzlehttp",
     "guzzle, src/Utils.php, defaultUserAgent"},
    {HR_PRODUCT_AWS_PHP, "AWS SDK for PHP", "the AWS SDK for PHP", CLIENT, HR_PRODUCT_GUZZLE, 0,
     "aws-sdk-php", "aws-sdk-php, src/UserAgentMiddleware.php, getSdkVersion"},
    {HR_PRODUCT_WGET, "Wget", NULL, CLIENT, 0, 0, "wget/1",
     "wget, src/http.c, SET_USER_AGENT; BusyBox' says Wget alone"},
    {HR_PRODUCT_WGET2, "Wget2", NULL, CLIENT, 0, 0, "wget/2", "wget2, src/options.c, user_agent"},
    {HR_PRODUCT_APT, "apt", NULL, CLIENT, 0, 0, "apt-http", "apt, methods/http.cc, User-Agent"},
    {HR_PRODUCT_AWS_JAVA, "AWS SDK for Java", "the AWS SDK for Java", CLIENT, 0, 0, "aws-sdk-java",
     "aws-java-sdk-core, VersionInfoUtils, userAgent"},
    {HR_PRODUCT_JAVA_HTTP, "Java HttpClient", "Java's HttpClient", CLIENT, 0, 0, "java-http-client",
     "jdk.internal.net.http, Http1Request.java, USER_AGENT"},
    {HR_PRODUCT_JAVA_URL, "Java HttpURLConnection", "Java's HttpURLConnection", CLIENT, 0, 0,
     "java|aws-sdk-java",
     "sun.net.www.protocol.http, HttpURLConnection, userAgent; the AWS SDK 2.x may run on it"
     " (http/UrlConnection)"},
    {HR_PRODUCT_APACHE_HC, "Apache HttpClient", NULL, CLIENT, 0, 0,
     "apache-httpclient|apache-httpasyncclient",
     "httpclient, VersionInfo.getUserAgent in HttpClientBuilder"},
    {HR_PRODUCT_ELASTIC_JAVA, "Elasticsearch REST client for Java",
     "the Elasticsearch REST client for Java", CLIENT, 0, 0, "elasticsearch-java",
     "elasticsearch, RestClientBuilder, USER_AGENT_HEADER_VALUE"},
    {HR_PRODUCT_ANDROID_URL, "Android HttpURLConnection", "Android's HttpURLConnection", CLIENT, 0,
     0, "dalvik", "AOSP, java.lang.System, http.agent: Dalvik and its version"},
    {HR_PRODUCT_OKHTTP, "OkHttp", NULL, CLIENT, 0, 0, "okhttp",
     "okhttp3, internal/Version, userAgent"},
    {HR_PRODUCT_AHC, "AsyncHttpClient", NULL, CLIENT, 0, 0, "ahc",
     "async-http-client, ahc-default.properties, userAgent"},
    {HR_PRODUCT_REACTOR_NETTY, "Reactor Netty", "Reactor Netty's HttpClient", CLIENT, 0, 0,
     "reactornetty", "reactor-netty, HttpClient.USER_AGENT"},
    {HR_PRODUCT_VERTX, "Vert.x WebClient", "Vert.x' WebClient", CLIENT, 0, 0, "vert.x-webclient",
     "vertx-web-client, WebClientOptions, userAgent; its HttpClient says nothing"},
    {HR_PRODUCT_JETTY_CLIENT, "Jetty HttpClient", "Jetty's HttpClient", CLIENT, 0, 0, "jetty",
     "jetty-client, HttpClient.USER_AGENT"},
    {HR_PRODUCT_ARMERIA, "Armeria", NULL, CLIENT | SERVER, 0, 0, "armeria",
     "armeria, HttpHeadersUtil, USER_AGENT; ArmeriaHttpUtil, SERVER_HEADER"},
    {HR_PRODUCT_PEKKO, "Pekko HTTP", "Pekko HTTP (or Akka HTTP)", CLIENT | SERVER, 0, 0,
     "pekko-http|akka-http", "pekko-http, reference.conf, user-agent-header, server-header"},
    {HR_PRODUCT_RUBY, "Ruby Net::HTTP", "Ruby's Net::HTTP", CLIENT, 0, 0, "ruby",
     "net/http/generic_request.rb, User-Agent"},
    {HR_PRODUCT_RUBY_PERSISTENT, "Net::HTTP::Persistent", "Ruby's Net::HTTP::Persistent", CLIENT,
     HR_PRODUCT_RUBY, 0, "ruby", "net/http/persistent.rb says what Net::HTTP says"},
    {HR_PRODUCT_FARADAY, "Faraday", "Ruby's Faraday", CLIENT, HR_PRODUCT_RUBY, 0, "faraday",
     "faraday, connection.rb, USER_AGENT; its default adapter: :net_http"},
    {HR_PRODUCT_REST_CLIENT, "rest-client", "Ruby's rest-client", CLIENT, HR_PRODUCT_RUBY, 0,
     "rest-client", "rest-client, platform.rb, default_user_agent"},
    {HR_PRODUCT_AWS_RUBY, "AWS SDK for Ruby", "the AWS SDK for Ruby", CLIENT, 0, 0, "aws-sdk-ruby3",
     "aws-sdk-core, plugins/user_agent.rb"},
    {HR_PRODUCT_EXCON, "excon", "Ruby's excon", CLIENT, 0, 0, "excon",
     "excon, constants.rb, USER_AGENT"},
    {HR_PRODUCT_HTTP_RB, "http.rb", "Ruby's http.rb", CLIENT, 0, 0, "http.rb",
     "http, request.rb, USER_AGENT"},
    {HR_PRODUCT_RUBY_HTTPCLIENT, "httpclient", "Ruby's httpclient", CLIENT, 0, 0, "httpclient",
     "httpclient.rb, DEFAULT_AGENT_NAME"},
    {HR_PRODUCT_LWP, "libwww-perl", "Perl's LWP::UserAgent", CLIENT, 0, 0, "libwww-perl",
     "LWP/UserAgent.pm, _agent"},
    {HR_PRODUCT_HTTP_TINY, "HTTP::Tiny", "Perl's HTTP::Tiny", CLIENT, 0, 0, "http-tiny",
     "HTTP/Tiny.pm, agent"},
    {HR_PRODUCT_MOJOLICIOUS, "Mojolicious", "Perl's Mojo::UserAgent", CLIENT | SERVER, 0, 0,
     "mojolicious", "Mojo/UserAgent/Transactor.pm, name; Mojo/Server/Daemon.pm"},
    {HR_PRODUCT_DOTNET, ".NET HttpClient", NULL, CLIENT, 0, 0, NULL,
     "System.Net.Http, HttpClient has no default User-Agent"},
    {HR_PRODUCT_AWS_NET, "AWS SDK for .NET", "the AWS SDK for .NET", CLIENT, HR_PRODUCT_DOTNET, 0,
     "aws-sdk-dotnet-coreclr", "aws-sdk-net, InternalSDKUtils.netstandard.cs, _userAgentBaseName"},
    {HR_PRODUCT_AWS_CPP, "AWS SDK for C++", "the AWS SDK for C++", CLIENT, 0, 0, "aws-sdk-cpp",
     "aws-sdk-cpp, ClientConfiguration.cpp, ComputeUserAgentString"},
    {HR_PRODUCT_AWS_RUST, "AWS SDK for Rust", "the AWS SDK for Rust", CLIENT, 0, 0, "aws-sdk-rust",
     "smithy-rs, aws-runtime, user_agent: aws-sdk-rust/1.3 in traces of it"},
    {HR_PRODUCT_REQWEST, "Rust reqwest", NULL, CLIENT, 0, 0, NULL,
     "reqwest, async_impl/client.rs: user_agent() is unset by default"},
    {HR_PRODUCT_BUN, "Bun fetch", "Bun's fetch", CLIENT, 0, 0, "bun", "measured, 1.4"},
    {HR_PRODUCT_DENO, "Deno fetch", "Deno's fetch", CLIENT, 0, 0, "deno", "measured, 2.9"},
    {HR_PRODUCT_UREQ, "ureq", "Rust's ureq", CLIENT, 0, 0, "ureq", "ureq, agent.rs"},
    {HR_PRODUCT_DART, "Dart HttpClient", "Dart's HttpClient", CLIENT, 0, 0, "dart",
     "dart:io, HttpClient.userAgent"},
    {HR_PRODUCT_HACKNEY, "hackney", "Erlang's hackney", CLIENT, 0, 0, "hackney",
     "hackney, src/hackney.erl, default_ua"},
    {HR_PRODUCT_MINT, "Mint", "Elixir's Mint (Finch)", CLIENT, 0, 0, "mint",
     "mint, lib/mint/http1/request.ex, @user_agent; Finch, which pools it, says nothing of its "
     "own"},
    {HR_PRODUCT_GRPC, "gRPC", NULL, CLIENT, 0, 0, NULL,
     "gRPC over HTTP2, User Agents: each implementation has its own name"},
    {HR_PRODUCT_GRPC_CORE, "gRPC (C, C++, Python, Ruby, PHP)", "a gRPC library on gRPC's core",
     CLIENT, HR_PRODUCT_GRPC, 0, "grpc-c", "grpc, http_client_filter.cc, UserAgentFromArgs"},
    {HR_PRODUCT_GRPC_GO, "gRPC-Go", NULL, CLIENT, HR_PRODUCT_GRPC, 0, "grpc-go",
     "grpc-go, rpc_util.go, grpcUA"},
    {HR_PRODUCT_GRPC_NODE, "gRPC for Node.js", NULL, CLIENT, HR_PRODUCT_GRPC, 0, "grpc-node-js",
     "@grpc/grpc-js, src/transport.ts, userAgent"},
    {HR_PRODUCT_GRPC_JAVA, "gRPC-Java", NULL, CLIENT, HR_PRODUCT_GRPC, 0,
     "grpc-java-netty|grpc-java-okhttp", "grpc-java, GrpcUtil.getGrpcUserAgent"},
    {HR_PRODUCT_CHROME, "Chrome", NULL, CLIENT, 0, 0, "chrome|headlesschrome|chromium",
     "chromium, components/version_info"},
    {HR_PRODUCT_FIREFOX, "Firefox", NULL, CLIENT, 0, 0, "firefox",
     "netwerk/protocol/http, nsHttpHandler::BuildUserAgent"},
    {HR_PRODUCT_SAFARI, "Safari", NULL, CLIENT, 0, 0, "safari",
     "WebKit, UserAgentMac.mm, standardUserAgentWithApplicationName; Chrome says it as well, behind"
     " its own name"},
    {HR_PRODUCT_SIEGE, "Siege", NULL, CLIENT, 0, 0, "siege",
     "measured, 4.0.7: in a comment's place, behind Mozilla/5.0"},
    {HR_PRODUCT_K6, "k6", NULL, CLIENT, 0, 0, "k6", "k6, Options reference, User agent"},
    {HR_PRODUCT_PROMETHEUS, "Prometheus", NULL, CLIENT, 0, 0, "prometheus",
     "prometheus, scrape/scrape.go, UserAgent"},
    {HR_PRODUCT_HEALTH_CHECK, "health check", "a health check", CLIENT, 0, 0,
     "kube-probe|elb-healthchecker|googlehc|amazon-route53-health-check-service|blackbox|monit",
     "kubernetes, pkg/probe/http; ELB, health checks for target groups; Google Cloud, health"
     " checks; Route 53, unwanted health checks; measured, Blackbox Exporter 0.23, Monit 5.33"},

    /* servers */
    {HR_PRODUCT_APACHE, "Apache httpd", NULL, SERVER, 0, 0, "apache",
     "include/ap_release.h, AP_SERVER_BASEPRODUCT"},
    {HR_PRODUCT_LIGHTTPD, "lighttpd", NULL, SERVER, 0, 0, "lighttpd", "measured, 1.4.69"},
    {HR_PRODUCT_IIS, "IIS", NULL, SERVER, 0, 0, "microsoft-iis|microsoft-httpapi",
     "HTTP Server API (HTTP.sys), Server header"},
    {HR_PRODUCT_KESTREL, "Kestrel", NULL, SERVER, 0, 0, "kestrel",
     "Kestrel, KestrelServerOptions.AddServerHeader"},
    {HR_PRODUCT_TOMCAT, "Tomcat", NULL, SERVER, 0, 0, "apache-coyote",
     "config/http, server; since 8.5 it says nothing"},
    {HR_PRODUCT_JETTY, "Jetty", NULL, SERVER, 0, 0, "jetty",
     "HttpConfiguration.setSendServerVersion"},
    {HR_PRODUCT_UVICORN, "uvicorn", NULL, SERVER, 0, 0, "uvicorn",
     "uvicorn, config.py, server_header"},
    {HR_PRODUCT_HYPERCORN, "hypercorn", NULL, SERVER, 0, 0,
     "hypercorn-h11|hypercorn-h2|hypercorn-h3", "hypercorn, config.py, response_headers"},
    {HR_PRODUCT_GUNICORN, "gunicorn", NULL, SERVER, 0, 0, "gunicorn",
     "gunicorn, __init__.py, SERVER"},
    {HR_PRODUCT_WAITRESS, "waitress", NULL, SERVER, 0, 0, "waitress",
     "waitress, adjustments.py, ident"},
    {HR_PRODUCT_CHEROOT, "cheroot", NULL, SERVER, 0, 0, "cheroot", "measured, 9.0.0"},
    {HR_PRODUCT_PYTHON_SERVER, "Python http.server", NULL, SERVER, 0, 0, "basehttp|simplehttp",
     "http/server.py, server_version"},
    {HR_PRODUCT_WSGIREF, "wsgiref", "wsgiref (Django's runserver)", SERVER, 0, 0, "wsgiserver",
     "wsgiref/simple_server.py, server_version; Django, core/servers/basehttp.py"},
    {HR_PRODUCT_WERKZEUG, "Werkzeug", "Werkzeug's development server (Flask's)", SERVER, 0, 0,
     "werkzeug", "werkzeug/serving.py, _server_version"},
    {HR_PRODUCT_FASTIFY, "Fastify", NULL, SERVER, HR_PRODUCT_NODE_HTTP, 0, NULL,
     "fastify says nothing, as Node.js' http module does"},
    {HR_PRODUCT_PUMA, "Puma", NULL, SERVER, 0, 0, "puma",
     "puma, const.rb, ERROR_RESPONSE; on other answers it says nothing"},
    {HR_PRODUCT_DART_SERVER, "Dart HttpServer", "Dart's HttpServer", SERVER, 0, 0, NULL,
     "dart:io, HttpServer.serverHeader: null by default"},
    {HR_PRODUCT_WEBRICK, "WEBrick", NULL, SERVER, 0, 0, "webrick",
     "webrick, config.rb, ServerSoftware"},
    {HR_PRODUCT_THIN, "Thin", NULL, SERVER, 0, 0, "thin", "thin, version.rb, SERVER"},
    {HR_PRODUCT_COWBOY, "Cowboy", NULL, SERVER, 0, 0, "cowboy", "cowboy_req.erl, reply"},

    /* proxies */
    {HR_PRODUCT_NGINX, "nginx", NULL, SERVER | PROXY, 0, HR_SIDE_CLIENT, "nginx",
     "ngx_http_header_filter_module.c, which puts it in the place of the backend's; to backends"
     " ngx_http_proxy_module.c says nothing"},
    {HR_PRODUCT_OPENRESTY, "OpenResty", NULL, SERVER | PROXY, HR_PRODUCT_NGINX, HR_SIDE_CLIENT,
     "openresty", "openresty, patches/nginx-*-server_header.patch"},
    {HR_PRODUCT_TENGINE, "Tengine", NULL, SERVER | PROXY, HR_PRODUCT_NGINX, HR_SIDE_CLIENT,
     "tengine", "alibaba/tengine, src/core/nginx.h, TENGINE_VER; 3.1.0 is nginx 1.24.0"},
    {HR_PRODUCT_ANGIE, "Angie", NULL, SERVER | PROXY, HR_PRODUCT_NGINX, HR_SIDE_CLIENT, "angie",
     "webserver-llc/angie, src/core/angie.h, ANGIE_VER; a fork of nginx for the same settings"},
    {HR_PRODUCT_KONG, "Kong", NULL, PROXY, HR_PRODUCT_NGINX, HR_SIDE_CLIENT, "kong",
     "kong.conf, headers, server_tokens: Via, and Server on answers of its own"},
    {HR_PRODUCT_APISIX, "Apache APISIX", NULL, PROXY, HR_PRODUCT_NGINX, HR_SIDE_CLIENT, "apisix",
     "apisix, apisix/init.lua, ver_header, which it puts in the place of the backend's"},
    {HR_PRODUCT_CADDY, "Caddy", NULL, SERVER | PROXY, 0, 0, "caddy",
     "measured, 2.6; modules/caddyhttp/server.go"},
    {HR_PRODUCT_TRAEFIK, "Traefik", NULL, PROXY, 0, HR_SIDE_SERVER, NULL,
     "traefik, pkg/proxy/httputil: the backend's Server is passed on"},
    {HR_PRODUCT_ENVOY, "Envoy", NULL, PROXY, 0, HR_SIDE_CLIENT, "envoy|istio-envoy",
     "HttpConnectionManager, server_name, server_header_transformation; istio, "
     "pilot/pkg/networking,"
     " EnvoyServerName"},
    {HR_PRODUCT_HAPROXY, "HAProxy", NULL, PROXY, 0, HR_SIDE_BOTH, "haproxy",
     "configuration.txt: it adds no Server or Via unless told; mostly \"1.1 haproxy\" then"},
    {HR_PRODUCT_H2O, "h2o", NULL, SERVER | PROXY, 0, 0, "h2o", "measured, 2.2.5, as a proxy"},
    {HR_PRODUCT_NGHTTPX, "nghttpx", NULL, PROXY, 0, 0, "nghttpx",
     "measured, 1.52; nghttpx(1), --server-name, --no-via"},
    {HR_PRODUCT_VARNISH, "Varnish", NULL, PROXY, 0, 0, "varnish",
     "measured, 7.1: Via, and Server on answers of its own"},
    {HR_PRODUCT_SQUID, "Squid", NULL, PROXY, 0, 0, "squid", "squid.conf, via, visible_hostname"},
    {HR_PRODUCT_TRAFFIC_SERVER, "Apache Traffic Server", NULL, PROXY, 0, 0,
     "ats|apachetrafficserver",
     "records.config, proxy.config.http.response_server_str, insert_request_via_str"},
    {HR_PRODUCT_AWS_ALB, "AWS ALB", NULL, PROXY, 0, HR_SIDE_SERVER, "awselb",
     "ALB, on answers of its own; else the target's Server is passed on"},
    {HR_PRODUCT_GOOGLE_ALB, "Google Cloud external ALB", NULL, PROXY, 0, 0, "google",
     "request distribution page, Via"},
    {HR_PRODUCT_CLOUDFRONT, "CloudFront", NULL, PROXY, 0, 0, "cloudfront",
     "CloudFront Developer Guide, request and response behavior, Via"},
    {HR_PRODUCT_CLOUDFLARE, "Cloudflare", NULL, PROXY, 0, HR_SIDE_CLIENT, "cloudflare",
     "Server in answers through it; Cloudflare HTTP headers: it passes those of requests on"},
    {HR_PRODUCT_AZURE_APP_GATEWAY, "Azure Application Gateway", NULL, PROXY, 0, HR_SIDE_SERVER,
     "microsoft-azure-application-gateway",
     "Application Gateway, HTTP response codes: on answers of its own"},
    {HR_PRODUCT_ORACLE_LB, "Oracle Cloud load balancer", NULL, PROXY, 0, HR_SIDE_BOTH, NULL,
     "Oracle Cloud, Load Balancer Headers: none that it adds names it"},
    {HR_PRODUCT_AKAMAI, "Akamai", NULL, PROXY, 0, HR_SIDE_SERVER, "akamaighost",
     "Akamai, on answers of its own, and in Via to origins"},

    /* what lies between */
    {HR_PRODUCT_AWS_NLB, "AWS Network Load Balancer", NULL, DEVICE, 0, 0, NULL, "it passes TCP on"},
    {HR_PRODUCT_AWS_NAT, "AWS NAT gateway", NULL, DEVICE, 0, 0, NULL, "it passes TCP on"},
    {HR_PRODUCT_AZURE_LB, "Azure Load Balancer", NULL, DEVICE, 0, 0, NULL, "it passes TCP on"},
    {HR_PRODUCT_GOOGLE_VPC, "Google Cloud VPC network", NULL, DEVICE, 0, 0, NULL,
     "it passes TCP on"},
    {HR_PRODUCT_GOOGLE_NAT, "Google Cloud NAT", NULL, DEVICE, 0, 0, NULL, "it passes TCP on"},
    {HR_PRODUCT_AWS_FIREWALL, "AWS Network Firewall", NULL, DEVICE, 0, 0, NULL, "it passes TCP on"},
    {HR_PRODUCT_KUBE_PROXY, "kube-proxy", "kube-proxy's connection tracking", DEVICE, 0, 0, NULL,
     "it passes TCP on"},
    {HR_PRODUCT_CILIUM, "Cilium", "Cilium's connection tracking", DEVICE, 0, 0, NULL,
     "it passes TCP on"},
    {HR_PRODUCT_CISCO_ASA, "Cisco ASA", NULL, DEVICE, 0, 0, NULL, "it passes TCP on"},
    {HR_PRODUCT_IPVS, "Linux IPVS", NULL, DEVICE, 0, 0, NULL, "it passes TCP on"},
};

G_STATIC_ASSERT(HR_PRODUCT_COUNT <= 128); /* the bits of a hr_product_set */

const hr_product *hr_product_get(hr_product_id id)
{
    return id == HR_PRODUCT_NONE ? NULL : &products[id];
}

const char *hr_product_name(hr_product_id id)
{
    return products[id].name;
}

const char *hr_product_called(hr_product_id id)
{
    return products[id].called != NULL ? products[id].called : products[id].name;
}

bool hr_product_is_built_on(hr_product_id product, hr_product_id base)
{
    while (product != HR_PRODUCT_NONE && product != base) {
        product = products[product].base;
    }
    return product == base;
}

bool hr_product_set_has(const hr_product_set *set, hr_product_id id)
{
    return (set->bits[id / 64] >> (id % 64) & 1) != 0;
}

bool hr_product_set_says(const hr_product_set *set, hr_product_id id)
{
    return (set->said[id / 64] >> (id % 64) & 1) != 0;
}

bool hr_product_set_is_empty(const hr_product_set *set)
{
    return (set->bits[0] | set->bits[1]) == 0;
}
