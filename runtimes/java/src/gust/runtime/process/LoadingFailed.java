package gust.runtime.process;

/** The handler cannot be served, for a reason that is not an error of its code. */
public final class LoadingFailed extends Exception {
    private static final long serialVersionUID = 1;

    public final transient Failure failure;

    private LoadingFailed(Failure failure) {
        super(failure.message());
        this.failure = failure;
    }

    /** The handler cannot be had; the message says what there is instead. */
    public static LoadingFailed handlerMissing(String message) {
        return new LoadingFailed(Failure.of("handler-missing", "HandlerNotFound", message));
    }

    /** Loading what the handler names threw. */
    public static LoadingFailed because(Throwable error) {
        return new LoadingFailed(Failure.of("code", error));
    }
}
