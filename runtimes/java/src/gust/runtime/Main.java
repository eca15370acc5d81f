package gust.runtime;

import gust.runtime.channel.Link;
import java.io.File;

/** Started in a sandbox: speaks on the descriptor that GUST_CHANNEL_FD names. With `rehearse`: without a platform, once. */
public final class Main {
    /** Of start.sh, for the JVM alone. */
    private static final String LINK = ".gust-java.jar";

    private Main() {}

    public static void main(String[] arguments) throws ReflectiveOperationException {
        if (arguments.length == 1 && arguments[0].equals("rehearse")) {
            Rehearsal.run();
            return;
        }
        new File(LINK).delete();
        String descriptor = System.getenv().getOrDefault("GUST_CHANNEL_FD", "3");
        new JavaRuntime(Link.ofDescriptor(Integer.parseInt(descriptor))).run(Rehearsal::run);
    }
}
