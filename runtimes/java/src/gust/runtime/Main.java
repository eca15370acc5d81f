package gust.runtime;

import gust.runtime.channel.Link;

/** Started in a sandbox: speaks on the descriptor that GUST_CHANNEL_FD names. With `rehearse`: without a platform, once. */
public final class Main {
    private Main() {}

    public static void main(String[] arguments) throws ReflectiveOperationException {
        if (arguments.length == 1 && arguments[0].equals("rehearse")) {
            Rehearsal.run();
            return;
        }
        String descriptor = System.getenv().getOrDefault("GUST_CHANNEL_FD", "3");
        new JavaRuntime(Link.ofDescriptor(Integer.parseInt(descriptor))).run(Rehearsal::run);
    }
}
