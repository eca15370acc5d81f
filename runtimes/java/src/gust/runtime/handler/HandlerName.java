package gust.runtime.handler;

import gust.runtime.process.LoadingFailed;

/** What a handler names: `example.Hello::mainHandler`, or (HTTP) the class alone. */
public record HandlerName(String text, String className, String method) {
    /** Throws for a text that names no class. The method is empty when none is named. */
    public static HandlerName parse(String text) throws LoadingFailed {
        int colons = text.indexOf("::");
        String className = colons < 0 ? text : text.substring(0, colons);
        String method = colons < 0 ? "" : text.substring(colons + 2);
        if (className.isEmpty() || className.contains(":") || method.contains(":") || className.contains("/")) {
            throw LoadingFailed.handlerMissing("Handler \"" + text + "\" names no method: it must be"
                    + " <package>.<Class>::<method>, such as example.Hello::mainHandler");
        }
        return new HandlerName(text, className, method);
    }
}
