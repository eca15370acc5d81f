package gust.runtime.json;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads JSON (RFC 8259), strictly: Map, List, String, Boolean, null, and for numbers Integer, Long, BigInteger or Double,
 * whichever holds them first. Our own, so that no library of the runtime's meets one of the function's.
 */
public final class JsonReader {
    /** Deeper nesting would end at the stack of the thread instead. */
    static final int DEEPEST = 512;
    /** A longer number takes time that grows with its square. */
    private static final int LONGEST_NUMBER = 1_000;

    private final String text;
    private int at;
    private int depth;

    private JsonReader(String text) {
        this.text = text;
    }

    public static Object read(String text) throws JsonException {
        JsonReader reader = new JsonReader(text);
        Object value = reader.value();
        if (reader.next() != 0) throw reader.unexpected("after the value");
        return value;
    }

    private Object value() throws JsonException {
        return switch (next()) {
            case '{' -> object();
            case '[' -> list();
            case '"' -> string();
            case 't' -> word("true", true);
            case 'f' -> word("false", false);
            case 'n' -> word("null", null);
            default -> number();
        };
    }

    private Map<String, Object> object() throws JsonException {
        enter();
        Map<String, Object> members = new LinkedHashMap<>();
        if (isNext('}')) return leave(members);
        do {
            if (next() != '"') throw unexpected("where a name in quotes has to be");
            String name = string();
            if (!isNext(':')) throw unexpected("where a colon has to be");
            members.put(name, value());
        } while (isNext(','));
        if (!isNext('}')) throw unexpected("where a comma or the end of the object has to be");
        return leave(members);
    }

    private List<Object> list() throws JsonException {
        enter();
        List<Object> items = new ArrayList<>();
        if (isNext(']')) return leave(items);
        do {
            items.add(value());
        } while (isNext(','));
        if (!isNext(']')) throw unexpected("where a comma or the end of the list has to be");
        return leave(items);
    }

    private String string() throws JsonException {
        int start = ++at;
        int end = start;
        while (end < text.length() && isPlain(text.charAt(end))) end++;
        at = end;
        if (end < text.length() && text.charAt(end) == '"') {
            at++;
            return text.substring(start, end);
        }
        return stringWithEscapes(new StringBuilder().append(text, start, end));
    }

    private String stringWithEscapes(StringBuilder into) throws JsonException {
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c == '"') {
                at++;
                return into.toString();
            }
            if (c < ' ') throw unexpected("in a string");
            at++;
            into.append(c == '\\' ? escaped() : c);
        }
        throw unexpected("in a string");
    }

    private char escaped() throws JsonException {
        char c = at < text.length() ? text.charAt(at) : 0;
        if (c == 'u') return fourDigits();
        int index = "\"\\/bfnrt".indexOf(c);
        if (index < 0 || c == 0) throw unexpected("after a backslash");
        at++;
        return "\"\\/\b\f\n\r\t".charAt(index);
    }

    private char fourDigits() throws JsonException {
        int code = 0;
        for (int end = at + 5; ++at < end; ) {
            int digit = at < text.length() && text.charAt(at) < 128 ? Character.digit(text.charAt(at), 16) : -1;
            if (digit < 0) throw unexpected("where one of four hexadecimal digits has to be");
            code = code * 16 + digit;
        }
        return (char) code;
    }

    private Object number() throws JsonException {
        int start = at;
        if (at < text.length() && text.charAt(at) == '-') at++;
        boolean startsWithZero = at < text.length() && text.charAt(at) == '0';
        int whole = digits();
        if (whole == 0 || (startsWithZero && whole > 1)) throw unexpected("where a value has to be");
        boolean isWhole = true;
        if (at < text.length() && text.charAt(at) == '.') {
            at++;
            isWhole = false;
            if (digits() == 0) throw unexpected("where a digit has to be");
        }
        if (at < text.length() && (text.charAt(at) | ' ') == 'e') {
            at++;
            isWhole = false;
            if (at < text.length() && (text.charAt(at) == '+' || text.charAt(at) == '-')) at++;
            if (digits() == 0) throw unexpected("where a digit has to be");
        }
        if (at - start > LONGEST_NUMBER) throw new JsonException("a number has more than " + LONGEST_NUMBER + " characters");
        return numberOf(text.substring(start, at), isWhole);
    }

    private static Object numberOf(String digits, boolean isWhole) {
        if (!isWhole) {
            double value = Double.parseDouble(digits);
            return Double.isInfinite(value) ? (Object) new BigDecimal(digits) : (Object) value;
        }
        if (digits.length() > 18) {
            BigInteger large = new BigInteger(digits);
            return large.bitLength() < Long.SIZE ? (Object) large.longValue() : (Object) large;
        }
        long value = Long.parseLong(digits);
        return value == (int) value ? (Object) (int) value : (Object) value;
    }

    private int digits() {
        int start = at;
        while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') at++;
        return at - start;
    }

    private Object word(String word, Object meaning) throws JsonException {
        if (!text.startsWith(word, at)) throw unexpected("where a value has to be");
        at += word.length();
        return meaning;
    }

    /** The next character that is no white space, which stays; 0 at the end. */
    private char next() {
        while (at < text.length() && " \t\n\r".indexOf(text.charAt(at)) >= 0) at++;
        return at < text.length() ? text.charAt(at) : 0;
    }

    private boolean isNext(char wanted) {
        if (next() != wanted) return false;
        at++;
        return true;
    }

    private void enter() throws JsonException {
        at++;
        if (++depth > DEEPEST) throw new JsonException("it is nested more than " + DEEPEST + " deep");
    }

    private <T> T leave(T value) {
        depth--;
        return value;
    }

    private static boolean isPlain(char c) {
        return c != '"' && c != '\\' && c >= ' ';
    }

    private JsonException unexpected(String where) {
        if (at >= text.length()) return new JsonException("it ends " + where);
        return new JsonException("unexpected " + shown(text.charAt(at)) + " at position " + at + ", " + where);
    }

    private static String shown(char c) {
        return c > ' ' && c < 127 ? "'" + c + "'" : String.format("character %04x", (int) c);
    }
}
