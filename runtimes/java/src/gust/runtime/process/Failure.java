package gust.runtime.process;

import java.util.LinkedHashMap;
import java.util.Map;

/** What the platform is told of a call, or of a handler, that failed. */
public record Failure(String kind, String errorType, String message, String stackTrace) {
    /** Characters; a failure has to fit into one frame. */
    private static final int LONGEST_NAME = 200;
    private static final int LONGEST_MESSAGE = 8_192;
    private static final int LONGEST_STACK = 65_536;

    /** A failure with a sentence of ours. */
    public static Failure of(String kind, String errorType, String message) {
        return new Failure(kind, errorType, cut(message, LONGEST_MESSAGE), cut(errorType + ": " + message, LONGEST_STACK));
    }

    /** What user code threw, whatever it is. Running out of memory is a kind of its own. */
    public static Failure of(String kind, Throwable error) {
        String actual = error instanceof OutOfMemoryError ? "memory" : kind;
        String name = cut(error.getClass().getName(), LONGEST_NAME);
        return new Failure(actual, name, cut(messageOf(error), LONGEST_MESSAGE), cut(StackText.of(error), LONGEST_STACK));
    }

    /** The same failure with words before its message. */
    public Failure introducedBy(String words) {
        return new Failure(kind, errorType, cut(words + message, LONGEST_MESSAGE), stackTrace);
    }

    public Map<String, String> toJson() {
        Map<String, String> json = new LinkedHashMap<>();
        json.put("kind", kind);
        json.put("errorType", errorType);
        json.put("message", message);
        json.put("stackTrace", stackTrace);
        return json;
    }

    private static String messageOf(Throwable error) {
        try {
            String message = error.getMessage();
            return message == null ? error.getClass().getName() : message;
        } catch (Throwable broken) { // messages of exceptions are user code, and so may be anything
            return "the exception cannot be shown";
        }
    }

    private static String cut(String text, int most) {
        if (text.length() <= most) return text;
        return text.substring(0, most) + "… (" + (text.length() - most) + " more characters)";
    }
}
