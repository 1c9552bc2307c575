package org.loupe.adapter.folder;

import com.adobe.internal.xmp.XMPConst;
import com.adobe.internal.xmp.XMPException;
import com.adobe.internal.xmp.XMPMeta;
import com.adobe.internal.xmp.XMPMetaFactory;
import com.adobe.internal.xmp.XMPSchemaRegistry;
import com.adobe.internal.xmp.options.PropertyOptions;
import com.adobe.internal.xmp.properties.XMPProperty;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.BiFunction;
import org.loupe.score.Level;
import org.loupe.score.Task;

/**
 * One list of keywords that people search today, and how a level is spelled in it. Only our own ten words are ever replaced or removed;
 * everybody else's keep their place.
 */
final class XmpKeywords {
    private static final String LIGHTROOM = "http://ns.adobe.com/lightroom/1.0/";
    private static final String DIGIKAM = "http://www.digikam.org/ns/1.0/";

    /** Flat keywords, and the two hierarchical forms in use. */
    static final List<XmpKeywords> ALL = List.of(
            new XmpKeywords(
                    XMPConst.NS_DC, "dc:subject", PropertyOptions.ARRAY, (task, level) -> task.id() + ":" + level.id()),
            new XmpKeywords(
                    LIGHTROOM,
                    "lr:hierarchicalSubject",
                    PropertyOptions.ARRAY,
                    (task, level) -> capitalised(task) + "|" + level.id()),
            new XmpKeywords(
                    DIGIKAM,
                    "digiKam:TagsList",
                    PropertyOptions.ARRAY | PropertyOptions.ARRAY_ORDERED,
                    (task, level) -> capitalised(task) + "/" + level.id()));

    private final String namespace;
    private final String name;
    private final int form;
    private final BiFunction<Task, Level, String> spelling;

    private XmpKeywords(String namespace, String name, int form, BiFunction<Task, Level, String> spelling) {
        this.namespace = namespace;
        this.name = name;
        this.form = form;
        this.spelling = spelling;
    }

    /** Makes the usual prefixes known before any file brings its own. */
    static void registerNamespaces() throws XMPException {
        XMPSchemaRegistry registry = XMPMetaFactory.getSchemaRegistry();
        registry.registerNamespace(LIGHTROOM, "lr");
        registry.registerNamespace(DIGIKAM, "digiKam");
    }

    /** @return whether a node's path lies in one of these lists */
    static boolean covers(String path) {
        return ALL.stream().anyMatch(keywords -> path.equals(keywords.name) || path.startsWith(keywords.name + "["));
    }

    /** @return whether some list of ours spells some level like this */
    static boolean isOurs(String item) {
        return ALL.stream()
                .anyMatch(keywords -> Arrays.stream(Task.values()).anyMatch(task -> keywords.isOurs(task, item)));
    }

    /**
     * Makes {@code level} the only level named for {@code task}: the first of our words is replaced where it stands, further ones go.
     *
     * @return whether anything changed
     * @throws XMPException if the list is a structure
     */
    boolean put(XMPMeta meta, Task task, Level level) throws XMPException {
        String word = spelling.apply(task, level);
        boolean changed = makeList(meta);
        boolean placed = false;
        for (int i = 1; i <= count(meta); i++) {
            String item = meta.getArrayItem(namespace, name, i).getValue();
            if (!isOurs(task, item)) {
                continue;
            }
            if (placed) {
                meta.deleteArrayItem(namespace, name, i--);
                changed = true;
            } else {
                placed = true;
                if (!word.equals(item)) {
                    meta.setArrayItem(namespace, name, i, word);
                    changed = true;
                }
            }
        }
        if (!placed) {
            meta.appendArrayItem(namespace, name, new PropertyOptions(form), word, null);
            changed = true;
        }
        return changed;
    }

    /** Takes our words for {@code task} out, and the list with them if nothing else is in it. */
    boolean remove(XMPMeta meta, Task task) throws XMPException {
        XMPProperty list = meta.getProperty(namespace, name);
        if (list == null || !list.getOptions().isArray()) {
            return false;
        }
        boolean changed = false;
        for (int i = count(meta); i >= 1; i--) {
            if (isOurs(task, meta.getArrayItem(namespace, name, i).getValue())) {
                meta.deleteArrayItem(namespace, name, i);
                changed = true;
            }
        }
        if (changed && count(meta) == 0) {
            meta.deleteProperty(namespace, name);
        }
        return changed;
    }

    /** Some programs write a single keyword as a plain value; it becomes the first of the list. */
    private boolean makeList(XMPMeta meta) throws XMPException {
        XMPProperty present = meta.getProperty(namespace, name);
        if (present == null || !present.getOptions().isSimple()) {
            return false;
        }
        meta.deleteProperty(namespace, name);
        if (!present.getValue().isBlank()) {
            meta.appendArrayItem(namespace, name, new PropertyOptions(form), present.getValue(), null);
        }
        return true;
    }

    private int count(XMPMeta meta) throws XMPException {
        return meta.doesPropertyExist(namespace, name) ? meta.countArrayItems(namespace, name) : 0;
    }

    private boolean isOurs(Task task, String item) {
        for (Level level : Level.values()) {
            if (spelling.apply(task, level).equals(item)) {
                return true;
            }
        }
        return false;
    }

    private static String capitalised(Task task) {
        return task.id().substring(0, 1).toUpperCase(Locale.ROOT) + task.id().substring(1);
    }
}
