/* products.h
 * The products that the timers, limits and words of advice are of: client libraries, servers,
 * proxies, and devices between. One row a product, with the words by which User-Agent, Server or
 * Via name it; all else of a product refers to that row.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_SOFTWARE_PRODUCTS_H
#define HR_SOFTWARE_PRODUCTS_H

#include "core/model/types.h"

typedef enum {
    HR_PRODUCT_NONE,

    HR_PRODUCT_GO,
    HR_PRODUCT_AWS_GO,
    HR_PRODUCT_AWS_GO_V2,
    HR_PRODUCT_FASTHTTP,
    HR_PRODUCT_REQUESTS,
    HR_PRODUCT_URLLIB3,
    HR_PRODUCT_BOTO,
    HR_PRODUCT_ELASTIC_PYTHON,
    HR_PRODUCT_URLLIB,
    HR_PRODUCT_HTTPLIB2,
    HR_PRODUCT_HTTPX,
    HR_PRODUCT_AIOHTTP,
    HR_PRODUCT_TORNADO,
    HR_PRODUCT_TWISTED,
    HR_PRODUCT_NODE_HTTP,
    HR_PRODUCT_AWS_JS,
    HR_PRODUCT_UNDICI,
    HR_PRODUCT_ELASTIC_JS,
    HR_PRODUCT_CURL,
    HR_PRODUCT_PYCURL,
    HR_PRODUCT_GUZZLE,
    HR_PRODUCT_AWS_PHP,
    HR_PRODUCT_WGET,
    HR_PRODUCT_WGET2,
    HR_PRODUCT_APT,
    HR_PRODUCT_AWS_JAVA,
    HR_PRODUCT_JAVA_HTTP,
    HR_PRODUCT_JAVA_URL,
    HR_PRODUCT_APACHE_HC,
    HR_PRODUCT_ELASTIC_JAVA,
    HR_PRODUCT_ANDROID_URL,
    HR_PRODUCT_OKHTTP,
    HR_PRODUCT_AHC,
    HR_PRODUCT_REACTOR_NETTY,
    HR_PRODUCT_VERTX,
    HR_PRODUCT_JETTY_CLIENT,
    HR_PRODUCT_ARMERIA,
    HR_PRODUCT_PEKKO,
    HR_PRODUCT_RUBY,
    HR_PRODUCT_RUBY_PERSISTENT,
    HR_PRODUCT_FARADAY,
    HR_PRODUCT_REST_CLIENT,
    HR_PRODUCT_AWS_RUBY,
    HR_PRODUCT_EXCON,
    HR_PRODUCT_HTTP_RB,
    HR_PRODUCT_RUBY_HTTPCLIENT,
    HR_PRODUCT_LWP,
    HR_PRODUCT_HTTP_TINY,
    HR_PRODUCT_MOJOLICIOUS,
    HR_PRODUCT_DOTNET,
    HR_PRODUCT_AWS_NET,
    HR_PRODUCT_AWS_CPP,
    HR_PRODUCT_AWS_RUST,
    HR_PRODUCT_REQWEST,
    HR_PRODUCT_BUN,
    HR_PRODUCT_DENO,
    HR_PRODUCT_UREQ,
    HR_PRODUCT_DART,
    HR_PRODUCT_HACKNEY,
    HR_PRODUCT_MINT,
    HR_PRODUCT_GRPC,
    HR_PRODUCT_GRPC_CORE,
    HR_PRODUCT_GRPC_GO,
    HR_PRODUCT_GRPC_NODE,
    HR_PRODUCT_GRPC_JAVA,
    HR_PRODUCT_CHROME,
    HR_PRODUCT_FIREFOX,
    HR_PRODUCT_SAFARI,
    HR_PRODUCT_SIEGE,
    HR_PRODUCT_K6,
    HR_PRODUCT_PROMETHEUS,
    HR_PRODUCT_HEALTH_CHECK,

    HR_PRODUCT_APACHE,
    HR_PRODUCT_LIGHTTPD,
    HR_PRODUCT_IIS,
    HR_PRODUCT_KESTREL,
    HR_PRODUCT_TOMCAT,
    HR_PRODUCT_JETTY,
    HR_PRODUCT_UVICORN,
    HR_PRODUCT_HYPERCORN,
    HR_PRODUCT_GUNICORN,
    HR_PRODUCT_WAITRESS,
    HR_PRODUCT_CHEROOT,
    HR_PRODUCT_PYTHON_SERVER,
    HR_PRODUCT_WSGIREF,
    HR_PRODUCT_WERKZEUG,
    HR_PRODUCT_FASTIFY,
    HR_PRODUCT_PUMA,
    HR_PRODUCT_DART_SERVER,
    HR_PRODUCT_WEBRICK,
    HR_PRODUCT_THIN,
    HR_PRODUCT_COWBOY,

    HR_PRODUCT_NGINX,
    HR_PRODUCT_OPENRESTY,
    HR_PRODUCT_TENGINE,
    HR_PRODUCT_ANGIE,
    HR_PRODUCT_KONG,
    HR_PRODUCT_APISIX,
    HR_PRODUCT_CADDY,
    HR_PRODUCT_TRAEFIK,
    HR_PRODUCT_ENVOY,
    HR_PRODUCT_HAPROXY,
    HR_PRODUCT_H2O,
    HR_PRODUCT_NGHTTPX,
    HR_PRODUCT_VARNISH,
    HR_PRODUCT_SQUID,
    HR_PRODUCT_TRAFFIC_SERVER,
    HR_PRODUCT_AWS_ALB,
    HR_PRODUCT_GOOGLE_ALB,
    HR_PRODUCT_CLOUDFRONT,
    HR_PRODUCT_CLOUDFLARE,
    HR_PRODUCT_AZURE_APP_GATEWAY,
    HR_PRODUCT_ORACLE_LB,
    HR_PRODUCT_AKAMAI,

    HR_PRODUCT_AWS_NLB,
    HR_PRODUCT_AWS_NAT,
    HR_PRODUCT_AZURE_LB,
    HR_PRODUCT_GOOGLE_VPC,
    HR_PRODUCT_GOOGLE_NAT,
    HR_PRODUCT_AWS_FIREWALL,
    HR_PRODUCT_KUBE_PROXY,
    HR_PRODUCT_CILIUM,
    HR_PRODUCT_CISCO_ASA,
    HR_PRODUCT_IPVS,

    HR_PRODUCT_COUNT
} hr_product_id;

/** What a product is; several may hold. */
enum {
    HR_ROLE_CLIENT = 1, /**< sends requests of its own, and says who it is in User-Agent */
    HR_ROLE_SERVER = 2, /**< answers, and says who it is in Server */
    HR_ROLE_PROXY = 4, /**< both, for others: passes User-Agent on, says who it is in Via, Server */
    HR_ROLE_DEVICE = 8, /**< between them, unseen: forgets connections */
};

typedef struct {
    hr_product_id id;
    const char *name;   /**< "Go net/http" */
    const char *called; /**< in a sentence, where it differs: "Go's net/http" */
    unsigned roles;
    hr_product_id base; /**< what it is built on, and whose timers and limits it has, or none */
    /** Where it passes messages on without a word of its own, so that what these name does not
     * tell that it is not there: to servers (HR_SIDE_CLIENT), to clients (HR_SIDE_SERVER). */
    hr_side unseen_as;
    /** In lower case, parted by "|", with a major version where another product has the same name
     * ("wget/2"); NULL where it names itself nowhere. */
    const char *words;
    const char *source; /**< of the words, or of there being none */
} hr_product;

/** A set of products. */
typedef struct {
    uint64_t bits[2];
    uint64_t said[2]; /**< of these, those that a word names; others are what such are built on */
} hr_product_set;

/** NULL for HR_PRODUCT_NONE. */
const hr_product *hr_product_get(hr_product_id id);

/** "Go net/http"; NULL for HR_PRODUCT_NONE. */
const char *hr_product_name(hr_product_id id);

/** The same in a sentence: "Go's net/http". */
const char *hr_product_called(hr_product_id id);

/**
 * The product of one of @roles that @value (may be NULL), a User-Agent or Server, names first:
 * products are listed by their significance, and a comment says what they run on (RFC 9110
 * §10.1.5). Where several share the word, the first in the table; HR_PRODUCT_NONE: none is known.
 */
hr_product_id hr_product_named(const char *value, unsigned roles);

/** Whether @product is @base or built on it: its timers and limits are then @product's, where
 * nothing between them has its own. */
bool hr_product_is_built_on(hr_product_id product, hr_product_id base);

bool hr_product_set_has(const hr_product_set *set, hr_product_id id);

/** Whether a word names it. */
bool hr_product_set_says(const hr_product_set *set, hr_product_id id);
bool hr_product_set_is_empty(const hr_product_set *set);

/** Adds all that share the word of hr_product_named(), and what they are built on. */
void hr_product_set_add_first(hr_product_set *set, const char *value, unsigned roles);

/** The same for each word of a Via (may be NULL), those in comments as well (RFC 9110 §7.6.3). */
void hr_product_set_add_all(hr_product_set *set, const char *value, unsigned roles);

/**
 * What of @value, a User-Agent, stays from one call of a program to the next: its first product, what
 * has a version, comments, and what the table knows. The AWS SDKs and Kubernetes' clients also say
 * what they are doing: "m/D,e,b", "md/command#s3.cp", "S3Manager", "/leader-election".
 *
 * Writes it to @steady, which has room for as much as @value, and returns its length.
 */
size_t hr_user_agent_steady(const char *value, char *steady);

/**
 * Whether a Server, Via or User-Agent value (may be NULL) has the product @words, a name in lower
 * case, or one of several that are parted by "|", anywhere.
 */
bool hr_software_is_named(const char *value, const char *words);

#endif
