package gust.runtime.bind;

import java.lang.reflect.AccessibleObject;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Field;
import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The properties of a class: getters, setters and public fields, in the order of its fields; accessors of a record.
 * An annotation `@JsonProperty` of Jackson, which the event classes of SCF have, renames one; `@JsonIgnore` hides one.
 */
final class Properties {
    private static final ClassValue<Properties> OF_CLASS = new ClassValue<>() {
        @Override
        protected Properties computeValue(Class<?> type) {
            return new Properties(type);
        }
    };

    private final Map<String, Property> byName = new LinkedHashMap<>();
    private final Map<String, Property> byAnyCase = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);

    private Properties(Class<?> type) {
        if (type.isRecord()) addComponents(type);
        else new Members(type).parts.values().forEach(this::add);
        byName.forEach(byAnyCase::putIfAbsent);
    }

    static Properties of(Class<?> type) {
        return OF_CLASS.get(type);
    }

    Collection<Property> all() {
        return byName.values();
    }

    /** The property that a member of a JSON object means; names that differ in case alone are the same. Null: none. */
    Property find(String name) {
        Property exact = byName.get(name);
        return exact == null ? byAnyCase.get(name) : exact;
    }

    private void addComponents(Class<?> type) {
        for (RecordComponent component : type.getRecordComponents()) {
            String name = nameOf(component.getName(), List.of(component, component.getAccessor()));
            byName.put(name, new Property(name, component.getAccessor(), null));
        }
    }

    private void add(Members.Parts parts) {
        if (parts.annotated().stream().anyMatch(part -> Annotations.find(part, "JsonIgnore") != null)) return;
        String name = nameOf(parts.name, parts.annotated());
        AccessibleObject field = parts.isFieldPublic() ? parts.field : null;
        AccessibleObject source = parts.getter == null ? field : parts.getter;
        boolean isFinal = parts.field != null && Modifier.isFinal(parts.field.getModifiers());
        AccessibleObject target = parts.setter == null && !isFinal ? field : parts.setter;
        if (source != null || target != null) byName.put(name, new Property(name, source, target));
    }

    static String nameOf(String name, List<? extends AnnotatedElement> parts) {
        for (AnnotatedElement part : parts) {
            String given = Annotations.find(part, "JsonProperty");
            if (given != null && !given.isEmpty()) return given;
        }
        return name;
    }

    /** What belongs to one name in a class and its ancestors. */
    private static final class Members {
        static final class Parts {
            final String name;
            Field field;
            Method getter;
            Method setter;

            Parts(String name) {
                this.name = name;
            }

            boolean isFieldPublic() {
                return field != null && Modifier.isPublic(field.getModifiers());
            }

            List<AnnotatedElement> annotated() {
                List<AnnotatedElement> there = new ArrayList<>();
                for (AnnotatedElement part : new AnnotatedElement[] {field, getter, setter}) if (part != null) there.add(part);
                return there;
            }
        }

        final Map<String, Parts> parts = new LinkedHashMap<>();

        Members(Class<?> type) {
            addFields(type);
            for (Method method : type.getMethods()) if (isCandidate(method)) addMethod(method);
        }

        private void addFields(Class<?> type) {
            if (type == null || type == Object.class) return;
            addFields(type.getSuperclass());
            for (Field field : type.getDeclaredFields()) {
                int modifiers = field.getModifiers();
                if (Modifier.isStatic(modifiers) || Modifier.isTransient(modifiers) || field.isSynthetic()) continue;
                of(field.getName()).field = field;
            }
        }

        private void addMethod(Method method) {
            String name = method.getName();
            int count = method.getParameterCount();
            boolean isFlag = method.getReturnType() == boolean.class || method.getReturnType() == Boolean.class;
            if (count == 1 && name.startsWith("set") && name.length() > 3) addSetter(of(decapitalized(name, 3)), method);
            else if (count != 0 || method.getReturnType() == void.class) return;
            else if (name.startsWith("get") && name.length() > 3) of(decapitalized(name, 3)).getter = method;
            else if (name.startsWith("is") && name.length() > 2 && isFlag) of(decapitalized(name, 2)).getter = method;
        }

        /** Of several setters, the one that takes what the field has. */
        private static void addSetter(Parts parts, Method method) {
            boolean fits = parts.field != null && method.getParameterTypes()[0] == parts.field.getType();
            if (parts.setter == null || fits) parts.setter = method;
        }

        private Parts of(String name) {
            return parts.computeIfAbsent(name, Parts::new);
        }

        private static boolean isCandidate(Member method) {
            return !Modifier.isStatic(method.getModifiers())
                    && !method.isSynthetic()
                    && method.getDeclaringClass() != Object.class;
        }

        private static String decapitalized(String name, int start) {
            return Character.toLowerCase(name.charAt(start)) + name.substring(start + 1);
        }
    }
}
