package gust.runtime.handler;

import gust.runtime.process.LoadingFailed;
import java.io.File;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.util.List;

/** Loads the class that a handler names, and makes its object. */
public final class HandlerClass {
    private HandlerClass() {}

    /** Runs the class's static initializer. What of this throws is why the code cannot be loaded. */
    public static Class<?> load(HandlerName name, ClassLoader loader, String codeRoot) throws LoadingFailed {
        try {
            return Class.forName(name.className(), true, loader);
        } catch (ClassNotFoundException missing) {
            throw LoadingFailed.handlerMissing(noClass(name, new File(codeRoot)));
        } catch (ExceptionInInitializerError thrown) {
            throw LoadingFailed.because(thrown.getCause() == null ? thrown : thrown.getCause());
        } catch (Throwable error) {
            throw LoadingFailed.because(error);
        }
    }

    public static Object make(Class<?> type) throws LoadingFailed {
        try {
            Constructor<?> constructor = type.getDeclaredConstructor();
            constructor.setAccessible(true);
            return constructor.newInstance();
        } catch (NoSuchMethodException | InstantiationException none) {
            throw LoadingFailed.handlerMissing("Handler: no object of " + type.getName()
                    + " can be made, it needs a constructor without parameters and must not be abstract");
        } catch (InvocationTargetException thrown) {
            throw LoadingFailed.because(thrown.getCause());
        } catch (ReflectiveOperationException error) {
            throw LoadingFailed.because(error);
        }
    }

    private static String noClass(HandlerName name, File codeRoot) {
        List<String> there = PackageNames.in(codeRoot);
        String found = there.isEmpty() ? "nothing" : String.join(", ", there);
        return "Handler \"" + name.text() + "\": no class " + name.className() + " in the code package, there is " + found;
    }
}
