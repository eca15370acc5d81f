package gust.runtime.handler;

import java.io.File;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.List;

/** Loads the classes of a function. It sees those of Java below it, and none of this runtime. */
public final class CodeClassLoader extends URLClassLoader {
    static {
        registerAsParallelCapable();
    }

    public CodeClassLoader(List<File> places) throws MalformedURLException {
        super(urlsOf(places), ClassLoader.getPlatformClassLoader()); // without a name, which every line of a stack would have
    }

    private static URL[] urlsOf(List<File> places) throws MalformedURLException {
        URL[] urls = new URL[places.size()];
        for (int i = 0; i < urls.length; i++) urls[i] = places.get(i).toURI().toURL();
        return urls;
    }
}
