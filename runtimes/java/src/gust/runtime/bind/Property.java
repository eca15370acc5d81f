package gust.runtime.bind;

import java.lang.reflect.AccessibleObject;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Type;

/** One property of a class as JSON has it: how it is read, how it is set. */
final class Property {
    final String name;
    /** Method without parameters, or field; null when it cannot be read. */
    private final AccessibleObject source;
    /** Method of one parameter, or field; null when it cannot be set. */
    private final AccessibleObject target;

    Property(String name, AccessibleObject source, AccessibleObject target) {
        this.name = name;
        this.source = source;
        this.target = target;
        if (source != null) source.setAccessible(true);
        if (target != null) target.setAccessible(true);
    }

    boolean isReadable() {
        return source != null;
    }

    boolean isSettable() {
        return target != null;
    }

    /** The type that it is set with. */
    Type type() {
        return target instanceof Method setter ? setter.getGenericParameterTypes()[0] : ((Field) target).getGenericType();
    }

    /** Throws what the getter throws. */
    Object get(Object owner) throws Throwable {
        try {
            return source instanceof Method getter ? getter.invoke(owner) : ((Field) source).get(owner);
        } catch (InvocationTargetException thrown) {
            throw thrown.getCause();
        }
    }

    /** Throws what the setter throws. */
    void set(Object owner, Object value) throws Throwable {
        try {
            if (target instanceof Method setter) setter.invoke(owner, value);
            else ((Field) target).set(owner, value);
        } catch (InvocationTargetException thrown) {
            throw thrown.getCause();
        }
    }
}
