package gust.runtime.handler;

import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.jar.Manifest;

/**
 * Where classes of a function are: its package (a jar that was unpacked, or a zip of classes), the jars at its root and in
 * `lib/`; then layers: the jars at their root, in `lib/` and in `java/lib/`.
 */
public final class ClassPath {
    /** Folders of jars, in code and in layers. `java/lib` is where layers made for AWS Lambda have them. */
    private static final List<String> JAR_FOLDERS = List.of("", "lib", "java/lib");
    private static final int OLDEST_WITH_VERSIONS = 9;

    private ClassPath() {}

    /** The package first: its classes win over those of layers. Without layers their root is null. */
    public static List<File> of(String codeRoot, String layersRoot) {
        List<File> places = new ArrayList<>();
        for (String root : Arrays.asList(codeRoot, layersRoot)) {
            File folder = root == null ? null : new File(root);
            if (folder == null || !folder.isDirectory()) continue;
            addVersions(folder, places);
            places.add(folder);
            for (String inner : JAR_FOLDERS) places.addAll(jarsIn(new File(folder, inner)));
        }
        return places;
    }

    private static List<File> jarsIn(File folder) {
        File[] jars = folder.listFiles((in, name) -> name.endsWith(".jar"));
        if (jars == null) return List.of();
        Arrays.sort(jars); // the same order wherever it runs
        return List.of(jars);
    }

    /** A jar for several versions of Java has classes for newer ones in folders of their own; unpacked, nobody looks there. */
    private static void addVersions(File folder, List<File> places) {
        File versions = new File(folder, "META-INF/versions");
        if (!versions.isDirectory() || !isMultiRelease(new File(folder, "META-INF/MANIFEST.MF"))) return;
        for (int version = Runtime.version().feature(); version >= OLDEST_WITH_VERSIONS; version--) {
            File classes = new File(versions, String.valueOf(version));
            if (classes.isDirectory()) places.add(classes);
        }
    }

    private static boolean isMultiRelease(File manifest) {
        try (InputStream from = new FileInputStream(manifest)) {
            return "true".equalsIgnoreCase(new Manifest(from).getMainAttributes().getValue("Multi-Release"));
        } catch (IOException unreadable) {
            return false;
        }
    }
}
