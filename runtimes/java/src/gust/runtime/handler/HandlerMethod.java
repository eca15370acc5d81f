package gust.runtime.handler;

import gust.runtime.process.LoadingFailed;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Finds the method that a handler names. */
public final class HandlerMethod {
    private HandlerMethod() {}

    /** Of several, the one with most parameters; two with as many are one too many. */
    public static Method find(Class<?> type, HandlerName name) throws LoadingFailed {
        if (name.method().isEmpty()) {
            throw LoadingFailed.handlerMissing("Handler \"" + name.text() + "\" names no method of " + type.getName()
                    + ", it has " + methodsOf(type) + "; it must be " + type.getName() + "::<method>");
        }
        List<Method> found = methods(type).stream()
                .filter(method -> method.getName().equals(name.method()))
                .sorted(Comparator.comparingInt(Method::getParameterCount).reversed())
                .toList();
        if (found.isEmpty()) {
            throw LoadingFailed.handlerMissing("Handler \"" + name.text() + "\": " + type.getName() + " has no public method \""
                    + name.method() + "\", it has " + methodsOf(type));
        }
        if (found.size() > 1 && found.get(0).getParameterCount() == found.get(1).getParameterCount()) {
            throw LoadingFailed.handlerMissing("Handler \"" + name.text() + "\": " + type.getName() + " has more than one: "
                    + found.stream().map(HandlerMethod::signature).collect(Collectors.joining(", ")));
        }
        return accessible(found.get(0));
    }

    /** As an author writes it: `greet(Person, Context)`. */
    public static String signature(Method method) {
        return method.getName() + Arrays.stream(method.getParameterTypes())
                .map(Class::getSimpleName)
                .collect(Collectors.joining(", ", "(", ")"));
    }

    private static Method accessible(Method method) {
        method.setAccessible(true); // the class itself need not be public
        return method;
    }

    /** Bridges, which the compiler adds for generic interfaces, are no methods of an author. */
    private static List<Method> methods(Class<?> type) {
        List<Method> own = new ArrayList<>();
        for (Method method : type.getMethods()) {
            boolean isAuthors = !method.isSynthetic() && !Modifier.isAbstract(method.getModifiers());
            if (isAuthors && method.getDeclaringClass() != Object.class) own.add(method);
        }
        return own;
    }

    private static String methodsOf(Class<?> type) {
        TreeSet<String> names = methods(type).stream().map(Method::getName).collect(Collectors.toCollection(TreeSet::new));
        return names.isEmpty() ? "none" : String.join(", ", names);
    }
}
