// GETs in turn by java.net.http.HttpClient, bodies read.
//
// usage: java JavaClient.java VERSION ORIGIN PATH...
//
// VERSION is HTTP_1_1 or HTTP_2, the default of Java.
//
// It does not say which connection it used: the server does.
// SPDX-License-Identifier: GPL-2.0-or-later

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

class JavaClient {
    public static void main(String[] arguments) throws Exception {
        HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.valueOf(arguments[0])).build();
        for (int i = 2; i < arguments.length; i++) {
            URI address = URI.create(arguments[1] + arguments[i]);
            HttpResponse<String> answer = client.send(
                    HttpRequest.newBuilder(address).build(), HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() != 200) {
                throw new IllegalStateException(answer.toString());
            }
        }
        System.exit(0);
    }
}
