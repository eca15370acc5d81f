package gust.runtime.channel;

import java.io.IOException;

/** A head that cannot be said in the protocol; its message is for the author of the function. */
public final class FrameLimitException extends IOException {
    private static final long serialVersionUID = 1;

    public FrameLimitException(String message) {
        super(message);
    }
}
