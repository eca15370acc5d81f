package gust.runtime.http;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpContext;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpPrincipal;
import gust.runtime.channel.Call;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** One request and its answer, as handlers of Java's own server have them. Body streams both ways are those of the call. */
final class CallExchange extends HttpExchange {
    private static final int NO_BODY = -1;
    private static final int ANY_LENGTH = 0;

    private final Call call;
    private final CallContext context;
    private final Headers requestHeaders = new Headers();
    private final Headers responseHeaders = new Headers();
    private final Map<String, Object> attributes = new ConcurrentHashMap<>();
    private final URI uri;
    private final CallResponse response;
    private InputStream requestBody;
    private OutputStream responseBody;
    private int status = -1;

    CallExchange(Call call, CallContext context) {
        this.call = call;
        this.context = context;
        for (int i = 3; i + 1 < call.strings.size(); i += 2) requestHeaders.add(call.strings.get(i), call.strings.get(i + 1));
        uri = uriOf(call.strings.get(2));
        requestBody = call.body;
        response = new CallResponse(call, getRequestMethod().equals("HEAD"));
        responseBody = response;
    }

    /** The handler has returned: an answer that is complete but for its end is ended; one that is begun may go on elsewhere. */
    void onHandled() throws IOException {
        response.endIfWhole();
    }

    @Override
    public Headers getRequestHeaders() {
        return requestHeaders;
    }

    @Override
    public Headers getResponseHeaders() {
        return responseHeaders;
    }

    @Override
    public URI getRequestURI() {
        return uri;
    }

    @Override
    public String getRequestMethod() {
        return call.strings.get(1);
    }

    @Override
    public HttpContext getHttpContext() {
        return context;
    }

    /** As in Java's own server: an exchange that is closed before its answer was begun has none. */
    @Override
    public void close() {
        try {
            if (status == -1) sendResponseHeaders(500, NO_BODY);
            response.close();
        } catch (IOException cancelled) {
            // nobody waits for the answer any more
        }
    }

    @Override
    public InputStream getRequestBody() {
        return requestBody;
    }

    @Override
    public OutputStream getResponseBody() {
        return responseBody;
    }

    /** `length`: of the body that follows; 0: not known; -1: there is none. */
    @Override
    public void sendResponseHeaders(int code, long length) throws IOException {
        if (status != -1) throw new IOException("headers already sent");
        if (code < 200 || code > 599) throw new IOException(code + " is no status of an answer");
        status = code;
        if (length > ANY_LENGTH) responseHeaders.set("Content-Length", String.valueOf(length));
        response.begin(code, ResponseHeaders.pairs(responseHeaders), length);
    }

    @Override
    public InetSocketAddress getRemoteAddress() {
        String forwarded = requestHeaders.getFirst("X-Forwarded-For");
        if (forwarded == null) return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        String client = forwarded.substring(forwarded.lastIndexOf(',') + 1).strip();
        return InetSocketAddress.createUnresolved(client, 0);
    }

    @Override
    public int getResponseCode() {
        return status;
    }

    @Override
    public InetSocketAddress getLocalAddress() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    }

    @Override
    public String getProtocol() {
        return "HTTP/1.1";
    }

    @Override
    public Object getAttribute(String name) {
        return attributes.get(name);
    }

    @Override
    public void setAttribute(String name, Object value) {
        if (value == null) attributes.remove(name);
        else attributes.put(name, value);
    }

    @Override
    public void setStreams(InputStream input, OutputStream output) {
        if (input != null) requestBody = input;
        if (output != null) responseBody = output;
    }

    @Override
    public HttpPrincipal getPrincipal() {
        return null;
    }

    /** Browsers send characters that Java's URI does not take. */
    private static URI uriOf(String target) {
        try {
            return new URI(target);
        } catch (URISyntaxException strange) {
            return URI.create(escaped(target));
        }
    }

    private static String escaped(String target) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < target.length(); i++) {
            char c = target.charAt(i);
            boolean isPlain = c > ' ' && c < 127 && "\"<>\\^`{|}[]".indexOf(c) < 0 && !isBarePercent(target, i);
            if (isPlain) text.append(c);
            else text.append('%').append(String.format("%02X", (int) c));
        }
        return text.toString();
    }

    private static boolean isBarePercent(String target, int i) {
        if (target.charAt(i) != '%') return false;
        return i + 2 >= target.length() || !isHex(target.charAt(i + 1)) || !isHex(target.charAt(i + 2));
    }

    private static boolean isHex(char c) {
        return Character.digit(c, 16) >= 0;
    }
}
