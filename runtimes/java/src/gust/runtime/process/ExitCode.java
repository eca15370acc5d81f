package gust.runtime.process;

import java.lang.reflect.Method;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The number that user code gave to System.exit. Java tells it to nobody: it is a local variable of the method that is
 * running the hooks of the end, in this very thread, and is read there.
 */
final class ExitCode {
    private ExitCode() {}

    /** Null when it cannot be told. For the thread that ends the process alone. */
    static Integer find() {
        try {
            Method getWalker = Class.forName("java.lang.LiveStackFrame").getDeclaredMethod("getStackWalker");
            getWalker.setAccessible(true);
            StackWalker walker = (StackWalker) getWalker.invoke(null);
            return walker.walk(ExitCode::codeIn);
        } catch (ReflectiveOperationException | RuntimeException unknown) {
            return null; // of another Java than those that we know: the process ends all the same
        }
    }

    private static Integer codeIn(Stream<StackWalker.StackFrame> frames) {
        Optional<StackWalker.StackFrame> exit = frames.filter(ExitCode::isExit).findFirst();
        return exit.map(ExitCode::firstLocal).orElse(null);
    }

    private static boolean isExit(StackWalker.StackFrame frame) {
        return frame.getClassName().equals("java.lang.Shutdown") && frame.getMethodName().equals("exit");
    }

    private static Integer firstLocal(StackWalker.StackFrame frame) {
        try {
            Object slot = ((Object[]) called(frame, "getLocals"))[0];
            boolean isWide = (int) called(slot, "size") == Long.BYTES;
            return ((Number) called(slot, isWide ? "longValue" : "intValue")).intValue();
        } catch (ReflectiveOperationException | RuntimeException unknown) {
            return null;
        }
    }

    private static Object called(Object owner, String name) throws ReflectiveOperationException {
        Method method = owner.getClass().getMethod(name);
        method.setAccessible(true);
        return method.invoke(owner);
    }
}
