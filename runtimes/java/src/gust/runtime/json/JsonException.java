package gust.runtime.json;

/** A text is not JSON, or a value cannot be said in JSON. The message says where. */
public final class JsonException extends Exception {
    private static final long serialVersionUID = 1;

    public JsonException(String message) {
        super(message);
    }
}
