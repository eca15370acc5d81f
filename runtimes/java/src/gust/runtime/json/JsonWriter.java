package gust.runtime.json;

import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/** Writes what JsonReader reads: Map with names that are strings, List, String, Boolean, Number, null. */
public final class JsonWriter {
    private static final String HEXADECIMAL = "0123456789abcdef";

    private final StringBuilder text = new StringBuilder();

    private JsonWriter() {}

    /** In UTF-8; half a surrogate pair is escaped. Numbers have to be finite. */
    public static byte[] toBytes(Object value) {
        return toText(value).getBytes(StandardCharsets.UTF_8);
    }

    public static String toText(Object value) {
        JsonWriter writer = new JsonWriter();
        writer.write(value);
        return writer.text.toString();
    }

    private void write(Object value) {
        if (value instanceof String string) writeString(string);
        else if (value instanceof Map<?, ?> map) writeObject(map);
        else if (value instanceof List<?> list) writeList(list);
        else if (value == null || value instanceof Boolean || value instanceof Number) text.append(value);
        else throw new IllegalArgumentException("no JSON value: " + value.getClass().getName());
    }

    private void writeObject(Map<?, ?> map) {
        text.append('{');
        boolean isFirst = true;
        for (Map.Entry<?, ?> member : map.entrySet()) {
            if (!isFirst) text.append(',');
            isFirst = false;
            writeString((String) member.getKey());
            text.append(':');
            write(member.getValue());
        }
        text.append('}');
    }

    private void writeList(List<?> list) {
        text.append('[');
        for (Iterator<?> items = list.iterator(); items.hasNext(); ) {
            write(items.next());
            if (items.hasNext()) text.append(',');
        }
        text.append(']');
    }

    private void writeString(String string) {
        text.append('"');
        int written = 0;
        for (int i = 0; i < string.length(); i++) {
            char c = string.charAt(i);
            if (c >= ' ' && c != '"' && c != '\\' && !isLoneSurrogate(string, i)) continue;
            text.append(string, written, i);
            escape(c);
            written = i + 1;
        }
        text.append(string, written, string.length()).append('"');
    }

    private void escape(char c) {
        int index = "\"\\\b\f\n\r\t".indexOf(c);
        if (index >= 0) {
            text.append('\\').append("\"\\bfnrt".charAt(index));
            return;
        }
        text.append("\\u");
        for (int shift = 12; shift >= 0; shift -= 4) text.append(HEXADECIMAL.charAt((c >> shift) & 0xf));
    }

    private static boolean isLoneSurrogate(String string, int i) {
        char c = string.charAt(i);
        if (!Character.isSurrogate(c)) return false;
        if (Character.isHighSurrogate(c)) return i + 1 == string.length() || !Character.isLowSurrogate(string.charAt(i + 1));
        return i == 0 || !Character.isHighSurrogate(string.charAt(i - 1));
    }
}
