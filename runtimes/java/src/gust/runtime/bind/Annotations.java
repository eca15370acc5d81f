package gust.runtime.bind;

import java.lang.annotation.Annotation;
import java.lang.reflect.AnnotatedElement;

/** Annotations of Jackson, whose classes are the function's own: known by their names. */
final class Annotations {
    private static final String PACKAGE = "com.fasterxml.jackson.annotation.";

    private Annotations() {}

    /** The `value` of an annotation as text; null when it is not there. */
    static String find(AnnotatedElement element, String simpleName) {
        for (Annotation annotation : element.getAnnotations()) {
            Class<? extends Annotation> type = annotation.annotationType();
            if (type.getName().equals(PACKAGE + simpleName)) return valueOf(annotation, type);
        }
        return null;
    }

    private static String valueOf(Annotation annotation, Class<? extends Annotation> type) {
        try {
            return String.valueOf(type.getMethod("value").invoke(annotation));
        } catch (ReflectiveOperationException none) {
            return "";
        }
    }
}
