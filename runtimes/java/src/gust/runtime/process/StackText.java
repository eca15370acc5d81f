package gust.runtime.process;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;

/** Stack and causes of an exception as a reader of the function's code wants them: without frames of the runtime. */
final class StackText {
    private static final String OWN_PACKAGE = "gust.runtime.";
    private static final Set<String> CALLERS = Set.of("jdk.internal.reflect.", "java.lang.reflect.");

    private final StringBuilder text = new StringBuilder();
    private final Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<>());

    private StackText() {}

    static String of(Throwable error) {
        StackText stack = new StackText();
        stack.add(error, "", "");
        return stack.text.toString();
    }

    private void add(Throwable error, String indent, String title) {
        if (!seen.add(error)) return;
        if (text.length() > 0) text.append('\n');
        text.append(indent).append(title).append(described(error));
        StackTraceElement[] frames = error.getStackTrace();
        int shown = shownFrames(frames);
        for (int i = 0; i < shown; i++) text.append('\n').append(indent).append("    at ").append(frames[i]);
        for (Throwable suppressed : error.getSuppressed()) add(suppressed, indent + "    ", "Suppressed: ");
        if (error.getCause() != null) add(error.getCause(), indent, "Caused by: ");
    }

    /** Frames above the first of ours, without those by which we call a method. */
    private static int shownFrames(StackTraceElement[] frames) {
        int end = 0;
        while (end < frames.length && !frames[end].getClassName().startsWith(OWN_PACKAGE)) end++;
        if (end == frames.length) return end;
        while (end > 0 && isCaller(frames[end - 1].getClassName())) end--;
        return end;
    }

    private static boolean isCaller(String className) {
        return CALLERS.stream().anyMatch(className::startsWith);
    }

    private static String described(Throwable error) {
        try {
            return error.toString();
        } catch (Throwable broken) { // user code
            return error.getClass().getName();
        }
    }
}
