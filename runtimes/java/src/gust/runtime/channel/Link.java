package gust.runtime.channel;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.reflect.Constructor;
import java.lang.reflect.Method;

/**
 * The byte stream of the channel: a socket that the process was started with. Java has no way to take over a descriptor,
 * so the one constructor of FileDescriptor that does is opened to us (Add-Opens of the jar's manifest); what reads and
 * writes files then reads and writes sockets as well, and no interrupt of a thread closes it.
 *
 * Every frame is in the kernel when `send` returns, so the process may end right after it has spoken; a platform that
 * reads slower than user code prints holds the printing thread up, as a full pipe would.
 */
public final class Link {
    private static final int SHUT_WRITE = 1;

    /** Null: no socket. */
    private final FileDescriptor descriptor;
    private final InputStream input;
    private final OutputStream output;
    private boolean isBroken;

    private Link(FileDescriptor descriptor, InputStream input, OutputStream output) {
        this.descriptor = descriptor;
        this.input = input;
        this.output = output;
    }

    /** Takes over a descriptor of the process. */
    public static Link ofDescriptor(int number) throws ReflectiveOperationException {
        Constructor<FileDescriptor> adopt = FileDescriptor.class.getDeclaredConstructor(int.class);
        adopt.setAccessible(true);
        FileDescriptor descriptor = adopt.newInstance(number);
        return new Link(descriptor, new FileInputStream(descriptor), new FileOutputStream(descriptor));
    }

    /** On any two streams. */
    public static Link of(InputStream input, OutputStream output) {
        return new Link(null, input, output);
    }

    /** One frame, or several. */
    public synchronized void send(byte[] frames) {
        if (isBroken) return;
        try {
            output.write(frames);
        } catch (IOException gone) {
            isBroken = true; // the reading end learns of it as well, and ends the process
        }
    }

    /** Waits for bytes and puts them into `buffer` from `start` on; -1: the platform is gone. */
    int read(byte[] buffer, int start) {
        try {
            return input.read(buffer, start, buffer.length - start);
        } catch (IOException gone) {
            return -1;
        }
    }

    /**
     * Says that nothing more comes; the platform then closes its end, too. A process that ends before would have the
     * platform's next write fail, and with it what the platform has not read yet.
     */
    public void finish() {
        if (descriptor == null) return;
        try {
            Method shutdown = Class.forName("sun.nio.ch.Net").getDeclaredMethod("shutdown", FileDescriptor.class, int.class);
            shutdown.setAccessible(true);
            shutdown.invoke(null, descriptor, SHUT_WRITE);
        } catch (ReflectiveOperationException | LinkageError gone) {
            // the socket is gone, and the end of the process says the same
        }
    }
}
