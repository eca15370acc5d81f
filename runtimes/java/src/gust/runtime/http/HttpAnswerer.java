package gust.runtime.http;

import com.sun.net.httpserver.HttpHandler;
import gust.runtime.channel.Call;
import gust.runtime.handler.HandlerClass;
import gust.runtime.handler.HandlerName;
import gust.runtime.process.LoadingFailed;
import gust.runtime.serving.Answerer;

/** Answers requests with a class of the function that is a com.sun.net.httpserver.HttpHandler, an interface of Java itself. */
public final class HttpAnswerer implements Answerer {
    private final HttpHandler handler;
    private final CallContext context;

    public HttpAnswerer(Class<?> type, HandlerName name) throws LoadingFailed {
        if (!HttpHandler.class.isAssignableFrom(type)) {
            throw LoadingFailed.handlerMissing("Handler \"" + name.text() + "\": " + type.getName()
                    + " must implement com.sun.net.httpserver.HttpHandler to answer requests");
        }
        if (!name.method().isEmpty() && !name.method().equals("handle")) {
            throw LoadingFailed.handlerMissing("Handler \"" + name.text() + "\": an HttpHandler is called by its method handle;"
                    + " name the class alone: " + name.className());
        }
        handler = (HttpHandler) HandlerClass.make(type);
        context = new CallContext(handler);
    }

    /** A handler may keep the exchange and close it in another thread, as in Java's own server. */
    @Override
    public void answer(Call call) throws Throwable {
        CallExchange exchange = new CallExchange(call, context);
        handler.handle(exchange);
        exchange.onHandled();
    }
}
