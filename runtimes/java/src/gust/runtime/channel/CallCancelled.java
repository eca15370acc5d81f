package gust.runtime.channel;

import java.io.IOException;

/** What code that waits for a cancelled call is told. */
public final class CallCancelled extends IOException {
    private static final long serialVersionUID = 1;

    public CallCancelled(String reason) {
        super("The call was cancelled: " + reason);
    }
}
