package gust.runtime.http;

import com.sun.net.httpserver.Headers;
import gust.runtime.channel.FrameLimitException;
import gust.runtime.channel.Frames;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Headers of an answer as the channel takes them. What is between two hops is the platform's. */
final class ResponseHeaders {
    private static final Set<String> HOP_BY_HOP = Set.of(
            "connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade");

    private ResponseHeaders() {}

    /** A string list. Throws for a header that cannot be sent. */
    static byte[] pairs(Headers headers) throws IOException {
        List<String> pairs = new ArrayList<>();
        for (Map.Entry<String, List<String>> header : headers.entrySet()) {
            String name = header.getKey().toLowerCase(Locale.ROOT);
            if (HOP_BY_HOP.contains(name) || header.getValue() == null) continue;
            for (String value : header.getValue()) {
                pairs.add(name);
                pairs.add(checked(name, value));
            }
        }
        return Frames.stringList(pairs);
    }

    private static String checked(String name, String value) throws FrameLimitException {
        if (value == null) return "";
        if (value.indexOf('\r') >= 0 || value.indexOf('\n') >= 0) {
            throw new FrameLimitException("the value of header " + name + " has a line break");
        }
        boolean isLatin = StandardCharsets.ISO_8859_1.newEncoder().canEncode(value);
        if (isLatin) return value;
        return new String(value.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1); // as UTF-8 on the wire
    }
}
