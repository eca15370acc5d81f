package gust.runtime.http;

import com.sun.net.httpserver.Authenticator;
import com.sun.net.httpserver.Filter;
import com.sun.net.httpserver.HttpContext;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The context of all exchanges of a function: every path, no server of its own. */
final class CallContext extends HttpContext {
    private final HttpHandler handler;
    private final Map<String, Object> attributes = new ConcurrentHashMap<>();
    private final List<Filter> filters = new ArrayList<>();

    CallContext(HttpHandler handler) {
        this.handler = handler;
    }

    @Override
    public HttpHandler getHandler() {
        return handler;
    }

    @Override
    public void setHandler(HttpHandler other) {
        throw new UnsupportedOperationException("the handler is the one that the function names");
    }

    @Override
    public String getPath() {
        return "/";
    }

    /** Null: the platform is the server. */
    @Override
    public HttpServer getServer() {
        return null;
    }

    @Override
    public Map<String, Object> getAttributes() {
        return attributes;
    }

    /** Filters are not run: nobody could have added one before the first request. */
    @Override
    public List<Filter> getFilters() {
        return filters;
    }

    @Override
    public Authenticator setAuthenticator(Authenticator authenticator) {
        throw new UnsupportedOperationException("requests are authenticated by the platform or by the handler");
    }

    @Override
    public Authenticator getAuthenticator() {
        return null;
    }
}
