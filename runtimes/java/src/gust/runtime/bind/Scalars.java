package gust.runtime.bind;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Date;
import java.util.Map;
import java.util.UUID;

/** Values that have no parts: numbers, text, flags, names of an enum. */
final class Scalars {
    private static final Map<Class<?>, Class<?>> WRAPPERS = Map.of(
            boolean.class, Boolean.class,
            byte.class, Byte.class,
            short.class, Short.class,
            int.class, Integer.class,
            long.class, Long.class,
            float.class, Float.class,
            double.class, Double.class,
            char.class, Character.class);

    private Scalars() {}

    static boolean isScalar(Class<?> type) {
        return type.isPrimitive()
                || type.isEnum()
                || WRAPPERS.containsValue(type)
                || Number.class.isAssignableFrom(type)
                || type == String.class
                || type == CharSequence.class
                || type == Date.class
                || type == UUID.class;
    }

    /** The JSON value as one of `type`, losing nothing; null when it is none. Numbers and flags may stand in quotes. */
    static Object fit(Object value, Class<?> type) {
        Class<?> wanted = WRAPPERS.getOrDefault(type, type);
        if (wanted.isInstance(value)) return value;
        try {
            if (wanted == Boolean.class) return flag(value);
            if (value instanceof String text) return ofText(text, wanted);
            if (wanted == Date.class) return value instanceof Number millis ? new Date(millis.longValue()) : null;
            return value instanceof Number number ? number(new BigDecimal(number.toString()), wanted) : null;
        } catch (ArithmeticException | IllegalArgumentException doesNotFit) {
            return null;
        }
    }

    private static Boolean flag(Object value) {
        if ("true".equals(value)) return true;
        return "false".equals(value) ? false : null;
    }

    private static Object ofText(String text, Class<?> wanted) {
        if (wanted == Character.class) return text.length() == 1 ? text.charAt(0) : null;
        if (wanted == UUID.class) return UUID.fromString(text);
        if (wanted.isEnum()) return constant(text, wanted);
        return Number.class.isAssignableFrom(wanted) ? number(new BigDecimal(text.strip()), wanted) : null;
    }

    private static Object constant(String name, Class<?> wanted) {
        for (Object constant : wanted.getEnumConstants()) if (((Enum<?>) constant).name().equals(name)) return constant;
        return null;
    }

    private static Number number(BigDecimal value, Class<?> wanted) {
        if (wanted == Double.class) return finite(value.doubleValue());
        if (wanted == Float.class) return finite((double) value.floatValue()) == null ? null : value.floatValue();
        if (wanted == BigDecimal.class) return value;
        if (wanted == Byte.class) return value.byteValueExact();
        if (wanted == Short.class) return value.shortValueExact();
        if (wanted == Integer.class) return value.intValueExact();
        if (wanted == Long.class) return value.longValueExact();
        return wanted == BigInteger.class && Math.abs(value.scale()) < 1_000 ? value.toBigIntegerExact() : null;
    }

    private static Double finite(double value) {
        return Double.isFinite(value) ? value : null;
    }
}
