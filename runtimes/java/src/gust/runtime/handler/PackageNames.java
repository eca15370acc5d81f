package gust.runtime.handler;

import java.io.File;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Names of files in a code package, for the sentence about the one that is missing. */
final class PackageNames {
    private static final int NAMES_SHOWN = 20;

    private PackageNames() {}

    /** Relative to the root, in their order, and bounded. */
    static List<String> in(File root) {
        List<String> names = new ArrayList<>();
        collect(root, "", names);
        if (names.size() > NAMES_SHOWN) {
            names.subList(NAMES_SHOWN, names.size()).clear();
            names.add("and more");
        }
        return names;
    }

    private static void collect(File folder, String prefix, List<String> names) {
        File[] files = folder.listFiles();
        if (files == null || names.size() > NAMES_SHOWN) return;
        Arrays.sort(files);
        for (File file : files) {
            if (names.size() > NAMES_SHOWN) return;
            if (file.isDirectory()) collect(file, prefix + file.getName() + "/", names);
            else names.add(prefix + file.getName());
        }
    }
}
