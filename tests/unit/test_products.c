/* test_products.c
 * Which product a Server, Via or User-Agent names (RFC 9110 sections 7.6.3, 10.1.5 and 10.2.4),
 * and that the tables of products, timers and limits hold together. The values of headers are
 * those that the programs send, from captures of testcaptures/ and of the field.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "software/software.h"
#include "trace.h"

/* ---- which word names which product ---- */

static void assert_names(const char *value, const char *product)
{
    g_assert_true(hr_software_is_named(value, product));
}

static void assert_not(const char *value, const char *product)
{
    g_assert_false(hr_software_is_named(value, product));
}

/* Via: [protocol-name "/"] protocol-version, received-by, [comment]; lists have commas. */
static void via_names_who_passed_it_on(void)
{
    assert_names("1.1 varnish (Varnish/6.0)", "varnish");
    assert_names("1.1 google", "google");
    assert_names("1.1 haproxy", "haproxy");
    assert_names("HTTP/1.1 nginx", "nginx");
    assert_names("1.0 fred, 1.1 varnish, 1.1 google", "google");
    assert_names("1.1 varnish,1.1 google", "varnish");
    assert_names("1.1 proxy.example (Apache/2.4.57)", "apache");
    assert_not("1.1 varnish (Varnish/6.0)", "nginx");
    assert_not("1.1 nginx.example", "nginx");
}

static void server_names_its_products(void)
{
    assert_names("nginx/1.22.1", "nginx");
    assert_names("nginx", "nginx");
    assert_names("Apache/2.4.57 (Debian) OpenSSL/3.0.11", "apache");
    assert_names("Jetty(9.4.44.v20210927)", "jetty");
    assert_names("awselb/2.0", "awselb");
    assert_not(NULL, "nginx");
    assert_not("nginx", NULL);
    assert_not("", "nginx");
}

/* Tomcat's connector is no Apache httpd, and Apache's HttpClient none either. */
static void name_is_a_whole_word(void)
{
    assert_names("Apache-Coyote/1.1", "apache-coyote");
    assert_not("Apache-Coyote/1.1", "apache");
    assert_not("Apache-HttpClient/4.5.14 (Java/17.0.11)", "apache");
    assert_names("node", "undici|node");
    assert_names("undici", "undici|node");
    assert_not("node-fetch", "undici|node");
}

/* ---- what programs call themselves ---- */

typedef struct {
    const char *value;
    hr_product_id product;
} hr_sample;

/* User-Agent. */
static const hr_sample clients[] = {
    {"Go-http-client/1.1", HR_PRODUCT_GO},
    {"aws-sdk-go/1.44.0 (go1.19.8; linux; amd64)", HR_PRODUCT_AWS_GO},
    {"aws-sdk-go-v2/1.24.1 os/linux lang/go#1.21.6 md/GOOS#linux md/GOARCH#amd64 api/s3#1.48.1",
     HR_PRODUCT_AWS_GO_V2},
    {"fasthttp", HR_PRODUCT_FASTHTTP},
    {"python-requests/2.28.1", HR_PRODUCT_REQUESTS},
    {"python-urllib3/1.26.12", HR_PRODUCT_URLLIB3},
    {"elasticsearch-py/8.11.1 (Python/3.11.2; elastic-transport/8.11.0)",
     HR_PRODUCT_ELASTIC_PYTHON},
    {"elasticsearch-py/8.11.1 (Python/3.11.2; elastic-transport/8.11.0)", HR_PRODUCT_URLLIB3},
    {"Boto3/1.26.27 Python/3.11.2 Linux/6.1.0-18-amd64 Botocore/1.29.27", HR_PRODUCT_BOTO},
    {"aws-cli/2.9.19 Python/3.11.2 Linux/6.1.0-18-amd64 source/x86_64.debian.12 prompt/off"
     " command/s3.ls",
     HR_PRODUCT_BOTO},
    {"Python-urllib/3.11", HR_PRODUCT_URLLIB},
    {"Python-httplib2/0.20.4 (gzip)", HR_PRODUCT_HTTPLIB2},
    {"python-httpx/0.23.3", HR_PRODUCT_HTTPX},
    {"Python/3.11 aiohttp/3.8.4", HR_PRODUCT_AIOHTTP},
    {"Tornado/6.2", HR_PRODUCT_TORNADO},
    {"axios/1.6.2", HR_PRODUCT_NODE_HTTP},
    {"node-fetch/1.0 (+https://github.com/bitinn/node-fetch)", HR_PRODUCT_NODE_HTTP},
    {"got (https://github.com/sindresorhus/got)", HR_PRODUCT_NODE_HTTP},
    {"aws-sdk-js/3.484.0 ua/2.0 os/linux#6.1.0 lang/js md/nodejs#18.19.0 api/s3#3.484.0",
     HR_PRODUCT_AWS_JS},
    {"aws-sdk-nodejs/2.1519.0 linux/v18.19.0 promise", HR_PRODUCT_AWS_JS},
    {"undici", HR_PRODUCT_UNDICI},
    {"node", HR_PRODUCT_UNDICI},
    {"elasticsearch-js/9.4.3 (linux 6.18.44-x64; Node.js 20.20.2; Transport 9.4.0)",
     HR_PRODUCT_ELASTIC_JS},
    {"curl/7.88.1", HR_PRODUCT_CURL},
    {"git/2.39.2 libcurl/7.88.1", HR_PRODUCT_CURL},
    {"PycURL/7.45.2 libcurl/7.88.1 GnuTLS/3.7.9 zlib/1.2.13", HR_PRODUCT_PYCURL},
    {"GuzzleHttp/7", HR_PRODUCT_GUZZLE},
    {"aws-sdk-php/3.295.5 ua/2.0 OS/Linux#6.1.0-18-amd64 lang/php#8.2.7 GuzzleHttp/7",
     HR_PRODUCT_AWS_PHP},
    {"Wget/1.21.3", HR_PRODUCT_WGET},
    {"Wget/2.1.0", HR_PRODUCT_WGET2},
    {"Debian APT-HTTP/1.3 (2.6.1)", HR_PRODUCT_APT},
    {"aws-sdk-java/2.20.26 Linux/6.1.0 OpenJDK_64-Bit_Server_VM/17.0.11+9 Java/17.0.11 "
     "vendor/Debian"
     " io/sync http/Apache cfg/retry-mode/legacy",
     HR_PRODUCT_AWS_JAVA},
    {"Java-http-client/17.0.11", HR_PRODUCT_JAVA_HTTP},
    {"Java/17.0.11", HR_PRODUCT_JAVA_URL},
    {"Java/1.8.0_392", HR_PRODUCT_JAVA_URL},
    {"Apache-HttpClient/4.5.14 (Java/17.0.15)", HR_PRODUCT_APACHE_HC},
    {"Apache-HttpAsyncClient/5.2.1 (Java/17.0.11)", HR_PRODUCT_APACHE_HC},
    {"elasticsearch-java/8.11.1 (Java/17.0.11)", HR_PRODUCT_ELASTIC_JAVA},
    {"Dalvik/2.1.0 (Linux; U; Android 13; Pixel 6 Build/TQ3A.230805.001)", HR_PRODUCT_ANDROID_URL},
    {"okhttp/4.12.0", HR_PRODUCT_OKHTTP},
    {"tool/1.0 (Java/17.0.15) okhttp/4.12.0", HR_PRODUCT_OKHTTP},
    {"AHC/2.1", HR_PRODUCT_AHC},
    {"ReactorNetty/1.1.14", HR_PRODUCT_REACTOR_NETTY},
    {"Vert.x-WebClient/4.5.1", HR_PRODUCT_VERTX},
    {"Jetty/12.0.5", HR_PRODUCT_JETTY_CLIENT},
    {"pekko-http/1.0.1", HR_PRODUCT_PEKKO},
    {"akka-http/10.2.10", HR_PRODUCT_PEKKO},
    {"armeria/1.27.0", HR_PRODUCT_ARMERIA},
    {"Ruby", HR_PRODUCT_RUBY},
    {"Ruby", HR_PRODUCT_RUBY_PERSISTENT}, /* as it says nothing of its own */
    {"Faraday v1.1.0", HR_PRODUCT_FARADAY},
    {"rest-client/2.1.0 (linux x86_64) ruby/3.1.2p20", HR_PRODUCT_REST_CLIENT},
    {"aws-sdk-ruby3/3.171.0 ruby/3.2.2 x86_64-linux aws-sdk-s3/1.120.0", HR_PRODUCT_AWS_RUBY},
    {"excon/0.99.0", HR_PRODUCT_EXCON},
    {"http.rb/4.4.1", HR_PRODUCT_HTTP_RB},
    {"HTTPClient/1.0 (2.8.3, ruby 3.1.2 (2022-04-12))", HR_PRODUCT_RUBY_HTTPCLIENT},
    {"libwww-perl/6.68", HR_PRODUCT_LWP},
    {"HTTP-Tiny/0.082", HR_PRODUCT_HTTP_TINY},
    {"Mojolicious (Perl)", HR_PRODUCT_MOJOLICIOUS},
    {"aws-sdk-dotnet-coreclr/3.7.305.28 ua/2.0 os/windows#10.0.22631.0 md/ARCH#X64"
     " lang/.NET_Core#8.0.2 md/aws-sdk-dotnet-core#3.7.302.12 api/S3#3.7.305.28",
     HR_PRODUCT_AWS_NET},
    {"aws-sdk-dotnet-coreclr/3.7.305.28", HR_PRODUCT_DOTNET}, /* what it is built on */
    {"aws-sdk-cpp/1.11.200 ua/2.0 md/aws-crt#0.24.3 os/Linux#6.1.0", HR_PRODUCT_AWS_CPP},
    {"aws-sdk-rust/1.3.9 os/macos lang/rust/1.87.0", HR_PRODUCT_AWS_RUST},
    {"ureq/2.6.2", HR_PRODUCT_UREQ},
    {"Bun/1.4.5", HR_PRODUCT_BUN},
    {"Deno/2.9.6", HR_PRODUCT_DENO},
    {"Dart/3.2 (dart:io)", HR_PRODUCT_DART},
    {"hackney/1.20.1", HR_PRODUCT_HACKNEY},
    {"mint/1.6.2", HR_PRODUCT_MINT},
    {"grpc-c++/1.51.1 grpc-c/29.0.0 (linux; chttp2)", HR_PRODUCT_GRPC_CORE},
    {"grpc-python/1.51.1 grpc-c/29.0.0 (linux; chttp2)", HR_PRODUCT_GRPC_CORE},
    {"grpc-go/1.59.0", HR_PRODUCT_GRPC_GO},
    {"grpc-node-js/1.9.13", HR_PRODUCT_GRPC_NODE},
    {"grpc-java-netty/1.60.0", HR_PRODUCT_GRPC_JAVA},
    {"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0"
     " Safari/537.36",
     HR_PRODUCT_CHROME},
    {"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", HR_PRODUCT_FIREFOX},
    {"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)"
     " Version/17.4 Safari/605.1.15",
     HR_PRODUCT_SAFARI},
    {"Mozilla/5.0 (pc-x86_64-linux-gnu) Siege/4.0.7", HR_PRODUCT_SIEGE},
    {"k6/0.39.0 (https://k6.io/)", HR_PRODUCT_K6},
    {"Prometheus/2.42.0", HR_PRODUCT_PROMETHEUS},
    {"kube-probe/1.28", HR_PRODUCT_HEALTH_CHECK},
    {"ELB-HealthChecker/2.0", HR_PRODUCT_HEALTH_CHECK},
    {"GoogleHC/1.0", HR_PRODUCT_HEALTH_CHECK},
};

/* Server; a Via says so. */
static const hr_sample servers[] = {
    {"Apache", HR_PRODUCT_APACHE},
    {"Apache/2.4.71 (Debian)", HR_PRODUCT_APACHE},
    {"Apache-Coyote/1.1", HR_PRODUCT_TOMCAT},
    {"lighttpd/1.4.69", HR_PRODUCT_LIGHTTPD},
    {"Microsoft-IIS/10.0", HR_PRODUCT_IIS},
    {"Microsoft-HTTPAPI/2.0", HR_PRODUCT_IIS},
    {"Kestrel", HR_PRODUCT_KESTREL},
    {"Jetty(9.4.53.v20231009)", HR_PRODUCT_JETTY},
    {"uvicorn", HR_PRODUCT_UVICORN},
    {"hypercorn-h11", HR_PRODUCT_HYPERCORN},
    {"gunicorn", HR_PRODUCT_GUNICORN},
    {"gunicorn/19.9.0", HR_PRODUCT_GUNICORN},
    {"waitress", HR_PRODUCT_WAITRESS},
    {"Cheroot/9.0.0", HR_PRODUCT_CHEROOT},
    {"Python/3.11 aiohttp/3.8.4", HR_PRODUCT_AIOHTTP},
    {"TornadoServer/6.2", HR_PRODUCT_TORNADO},
    {"TwistedWeb/22.4.0", HR_PRODUCT_TWISTED},
    {"fasthttp", HR_PRODUCT_FASTHTTP},
    {"BaseHTTP/0.6 Python/3.11.2", HR_PRODUCT_PYTHON_SERVER},
    {"SimpleHTTP/0.6 Python/3.11.2", HR_PRODUCT_PYTHON_SERVER},
    {"WSGIServer/0.2 CPython/3.11.2", HR_PRODUCT_WSGIREF},
    {"Werkzeug/2.2.2 Python/3.11.2", HR_PRODUCT_WERKZEUG},
    {"pekko-http/1.0.1", HR_PRODUCT_PEKKO},
    {"puma 5.6.5 Birdie's Version", HR_PRODUCT_PUMA},
    {"WEBrick/1.8.1 (Ruby/3.1.2/2022-04-12)", HR_PRODUCT_WEBRICK},
    {"thin 1.8.1 codename Infinite Smoothie", HR_PRODUCT_THIN},
    {"Mojolicious (Perl)", HR_PRODUCT_MOJOLICIOUS},
    {"Cowboy", HR_PRODUCT_COWBOY},
    {"nginx/1.22.1", HR_PRODUCT_NGINX},
    {"openresty/1.21.4.3", HR_PRODUCT_OPENRESTY},
    {"openresty/1.21.4.3", HR_PRODUCT_NGINX}, /* what it is built on */
    {"Tengine/3.1.0", HR_PRODUCT_TENGINE},
    {"Tengine", HR_PRODUCT_NGINX},
    {"Angie/1.10.1", HR_PRODUCT_ANGIE},
    {"Angie/1.10.1", HR_PRODUCT_NGINX},
    {"kong/3.4.2", HR_PRODUCT_KONG}, /* Via */
    {"1.1 kong/3.8.0", HR_PRODUCT_KONG},
    {"1.1 kong/3.8.0", HR_PRODUCT_NGINX},
    {"APISIX/3.9.1", HR_PRODUCT_APISIX},
    {"APISIX", HR_PRODUCT_NGINX},
    {"Armeria/1.27.0", HR_PRODUCT_ARMERIA},
    {"Caddy", HR_PRODUCT_CADDY},
    {"envoy", HR_PRODUCT_ENVOY},
    {"istio-envoy", HR_PRODUCT_ENVOY},
    {"h2o/2.2.5", HR_PRODUCT_H2O},
    {"nghttpx", HR_PRODUCT_NGHTTPX},
    {"Varnish", HR_PRODUCT_VARNISH},
    {"squid/5.7", HR_PRODUCT_SQUID},
    {"ATS/9.1.4", HR_PRODUCT_TRAFFIC_SERVER},
    {"awselb/2.0", HR_PRODUCT_AWS_ALB},
    {"CloudFront", HR_PRODUCT_CLOUDFRONT},
    {"cloudflare", HR_PRODUCT_CLOUDFLARE},
    {"Microsoft-Azure-Application-Gateway/v2", HR_PRODUCT_AZURE_APP_GATEWAY},
    {"AkamaiGHost", HR_PRODUCT_AKAMAI},
    {"1.1 google", HR_PRODUCT_GOOGLE_ALB}, /* Via */
    {"1.1 haproxy", HR_PRODUCT_HAPROXY},
};

static void assert_sample(const hr_sample *sample, unsigned roles, hr_product_set *named)
{
    hr_product_set products = {{0}, {0}};

    hr_product_set_add_first(&products, sample->value, roles);
    g_test_message("%s", sample->value);
    g_assert_true(hr_product_set_has(&products, sample->product));
    named->bits[0] |= products.bits[0];
    named->bits[1] |= products.bits[1];
}

/* A word that nobody was seen to say does not go into the table. */
static void programs_name_themselves(void)
{
    hr_product_set named = {{0}, {0}};

    for (size_t i = 0; i < G_N_ELEMENTS(clients); i++) {
        assert_sample(&clients[i], HR_ROLE_CLIENT, &named);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(servers); i++) {
        assert_sample(&servers[i], HR_ROLE_SERVER | HR_ROLE_PROXY, &named);
    }
    for (hr_product_id id = HR_PRODUCT_NONE + 1; id < HR_PRODUCT_COUNT; id++) {
        g_test_message("%s", hr_product_name(id));
        g_assert_true(hr_product_get(id)->words == NULL || hr_product_set_has(&named, id));
    }
}

/* Where a name is part of a longer one, in a comment, or in the other header, it is no name. */
static void look_alikes_name_nobody(void)
{
    static const char *const not_clients[] = {
        "JavaScript/1.0",
        "javafx/17",
        "myJava/17",
        "curlie/1.6.9",
        "libcurl-agent/1.0",
        "node-superagent/3.8.3",
        "gotify/2.0",
        "Rubygems/3.3.5",
        "Ruby-on-Wheels/1.0",
        "python-requests-toolbelt",
        "httpclient-go/1.0",
        "Chromecast/1.56",
        "Wget", /* BusyBox' */
        "Wget/10.1",
        "Dartium/1.0",
        "Go-http-clients",
        "Mozilla/5.0 (compatible; curl)",
        "HashiCorp Terraform/1.5.0 (+https://www.terraform.io)",
        "nginx/1.22.1",
        "",
    };
    static const char *const not_servers[] = {
        "nginxproxy/1.0",
        "ApacheBench/2.3",
        "Jetty-Util/9",
        "Varnishing",
        "thinclient",
        "envoy-mobile",
        "h2olib",
        "myservice/2.3",
        "cloudflare-nginx",
        "curl/7.88.1",
        "nghttpd nghttp2/1.52.0",
        "",
    };

    for (size_t i = 0; i < G_N_ELEMENTS(not_clients); i++) {
        g_test_message("%s", not_clients[i]);
        g_assert_cmpint(hr_product_named(not_clients[i], HR_ROLE_CLIENT), ==, HR_PRODUCT_NONE);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(not_servers); i++) {
        g_test_message("%s", not_servers[i]);
        g_assert_cmpint(hr_product_named(not_servers[i], HR_ROLE_SERVER | HR_ROLE_PROXY), ==,
                        HR_PRODUCT_NONE);
    }
    g_assert_cmpint(hr_product_named(NULL, HR_ROLE_SERVER), ==, HR_PRODUCT_NONE);
    /* A comment says what a client runs on: this is Apache's, not Java's own. */
    g_assert_cmpint(hr_product_named("Apache-HttpClient/4.5.14 (Java/17.0.15)", HR_ROLE_CLIENT), ==,
                    HR_PRODUCT_APACHE_HC);
    /* Chrome's says that it is like Safari. */
    g_assert_cmpint(hr_product_named("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML,"
                                     " like Gecko) Chrome/120.0.0.0 Safari/537.36",
                                     HR_ROLE_CLIENT),
                    ==, HR_PRODUCT_CHROME);
}

/* ---- the tables ---- */

static void every_product_has_a_name_of_its_own_and_a_source(void)
{
    for (hr_product_id id = HR_PRODUCT_NONE + 1; id < HR_PRODUCT_COUNT; id++) {
        const hr_product *product = hr_product_get(id);

        g_assert_cmpint(product->id, ==, id);
        g_assert_nonnull(product->name);
        g_assert_nonnull(product->source);
        g_assert_cmpuint(product->roles, !=, 0);
        for (hr_product_id other = HR_PRODUCT_NONE + 1; other < id; other++) {
            g_assert_cmpstr(product->name, !=, hr_product_name(other));
        }
    }
}

/* How many timers besides at-use ones a time of @side may mean, if nothing is named: 2 %. */
static unsigned fitting(const hr_timer *timers, size_t count, hr_side side, int64_t idle_ns)
{
    unsigned fits = 0;

    for (size_t i = 0; i < count; i++) {
        fits += timers[i].side == side && !timers[i].is_at_use && idle_ns >= timers[i].idle_ns &&
                timers[i].idle_ns > 0 && idle_ns <= timers[i].idle_ns / 100 * 102;
    }
    return fits;
}

static void every_timer_has_a_time_and_a_source_and_can_be_listed(void)
{
    size_t count = 0;
    const hr_timer *timers = hr_timers(&count);

    for (size_t i = 0; i < count; i++) {
        const hr_timer *timer = &timers[i];

        g_assert_nonnull(hr_product_name(timer->product));
        g_assert_nonnull(timer->setting);
        g_assert_nonnull(timer->source);
        g_assert_cmpint(timer->late_ns, >=, 0);
        /* 0 and below: before the end of what the server says */
        g_assert_cmpint(timer->idle_ns, >, timer->side == HR_SIDE_CLIENT ? AT_S(-3) : 0);
        for (size_t other = 0; other < i; other++) {
            g_assert_false(timer->product == timers[other].product &&
                           timer->side == timers[other].side &&
                           timer->idle_ns == timers[other].idle_ns);
        }
        g_assert_cmpuint(fitting(timers, count, timer->side, timer->idle_ns), <=,
                         HR_TIMER_CANDIDATES);
    }
}

static void every_limit_has_a_value_and_a_source(void)
{
    size_t count = 0;
    const hr_limit *limits = hr_limits(&count);

    for (size_t i = 0; i < count; i++) {
        const hr_limit *limit = &limits[i];

        g_assert_nonnull(hr_product_name(limit->product));
        g_assert_nonnull(limit->setting);
        g_assert_nonnull(limit->source);
        g_assert_cmpint(limit->value, >, 0);
        for (size_t other = 0; other < i; other++) {
            g_assert_false(limit->product == limits[other].product &&
                           limit->side == limits[other].side && limit->kind == limits[other].kind &&
                           limit->value == limits[other].value);
        }
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/products/words/via", via_names_who_passed_it_on);
    g_test_add_func("/products/words/server", server_names_its_products);
    g_test_add_func("/products/words/whole", name_is_a_whole_word);
    g_test_add_func("/products/named/all", programs_name_themselves);
    g_test_add_func("/products/named/look-alikes", look_alikes_name_nobody);
    g_test_add_func("/products/table/products", every_product_has_a_name_of_its_own_and_a_source);
    g_test_add_func("/products/table/timers",
                    every_timer_has_a_time_and_a_source_and_can_be_listed);
    g_test_add_func("/products/table/limits", every_limit_has_a_value_and_a_source);
    return g_test_run();
}
