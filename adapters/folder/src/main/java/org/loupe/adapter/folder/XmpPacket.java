package org.loupe.adapter.folder;

import com.adobe.internal.xmp.XMPConst;
import com.adobe.internal.xmp.XMPException;
import com.adobe.internal.xmp.XMPIterator;
import com.adobe.internal.xmp.XMPMeta;
import com.adobe.internal.xmp.XMPMetaFactory;
import com.adobe.internal.xmp.options.ParseOptions;
import com.adobe.internal.xmp.options.SerializeOptions;
import com.adobe.internal.xmp.properties.XMPProperty;
import com.adobe.internal.xmp.properties.XMPPropertyInfo;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.loupe.ingest.ScoreStamp;
import org.loupe.metadata.ScoreFields;
import org.loupe.score.Level;
import org.loupe.score.Task;

/**
 * The contents of one sidecar: parsed, merged with our scores, serialised. Everything that is not ours survives: unknown namespaces,
 * structures, arrays, qualifiers, other people's keywords in their order. Not safe for use by several threads.
 */
final class XmpPacket {
    /** Our namespace; permanent, because files carry it for decades. */
    static final String NAMESPACE = "https://ns.loupe.org/score/1.0/";

    /** The prefix readers show: {@code XMP-loupe:QualityScore} in exiftool, {@code Xmp.loupe.QualityScore} in exiv2. */
    static final String PREFIX = "loupe";

    /** What every score carries, of whatever task. */
    private static final List<String> COMMON = List.of(
            ScoreFields.SCORE_MODEL, ScoreFields.SCORE_MODEL_VERSION, ScoreFields.SCORED_AT, ScoreFields.SCORED_SHA256);

    private static final String RATING = "Rating";

    /**
     * Normalisation is left out: it renames and re-types what others wrote. A document type is refused, and with it every external
     * entity. Repair of control characters and of Latin-1 is off, because a repaired file is not the file its owner had.
     */
    private static final ParseOptions STRICT = new ParseOptions()
            .setOmitNormalization(true)
            .setDisallowDoctype(true)
            .setFixControlChars(false)
            .setAcceptLatin1(false);

    static {
        try {
            XMPMetaFactory.getSchemaRegistry().registerNamespace(NAMESPACE, PREFIX);
            XmpKeywords.registerNamespaces();
        } catch (XMPException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final XMPMeta meta;
    private final Set<String> foreignBefore;

    private XmpPacket(XMPMeta meta) throws XMPException {
        this.meta = meta;
        this.foreignBefore = foreign(meta);
    }

    /** @return a packet that says nothing */
    static XmpPacket empty() {
        try {
            return new XmpPacket(XMPMetaFactory.create());
        } catch (XMPException e) {
            throw new IllegalStateException("an empty packet has nothing to iterate over", e);
        }
    }

    /**
     * @param bytes a whole sidecar; not kept
     * @throws SidecarException if these bytes are not XMP that can be written back without loss
     */
    static XmpPacket parse(byte[] bytes) throws SidecarException {
        XmpGuard.check(bytes);
        try {
            return new XmpPacket(XMPMetaFactory.parseFromBuffer(bytes, STRICT));
        } catch (XMPException e) {
            throw new SidecarException("it is not valid XMP (" + e.getMessage() + ")", e);
        }
    }

    /** @return our fields, if this packet has all that belongs together: a task's score with its level, model, time and digest */
    Optional<ScoreFields> fields() throws SidecarException {
        try {
            Map<String, ScoreFields.Value> values = new LinkedHashMap<>();
            List<String> keywords = new ArrayList<>();
            for (Task task : Task.values()) {
                BigDecimal mos = number(get(ScoreFields.scoreField(task)));
                String level = get(ScoreFields.levelField(task));
                if (mos != null && level != null) {
                    values.put(ScoreFields.scoreField(task), new ScoreFields.NumberValue(mos));
                    values.put(ScoreFields.levelField(task), new ScoreFields.TextValue(level));
                    keywords.add(task.id() + ":" + level);
                }
            }
            String model = get(ScoreFields.SCORE_MODEL);
            String version = get(ScoreFields.SCORE_MODEL_VERSION);
            Instant scoredAt = instant(get(ScoreFields.SCORED_AT));
            String sha256 = get(ScoreFields.SCORED_SHA256);
            if (values.isEmpty() || model == null || version == null || scoredAt == null || sha256 == null) {
                return Optional.empty();
            }
            values.put(ScoreFields.SCORE_MODEL, new ScoreFields.TextValue(model));
            values.put(ScoreFields.SCORE_MODEL_VERSION, new ScoreFields.TextValue(version));
            values.put(ScoreFields.SCORED_AT, new ScoreFields.TimeValue(scoredAt));
            values.put(ScoreFields.SCORED_SHA256, new ScoreFields.TextValue(sha256));
            return Optional.of(new ScoreFields(values, keywords));
        } catch (XMPException e) {
            throw new SidecarException("its loupe fields cannot be read (" + e.getMessage() + ")", e);
        }
    }

    /**
     * Puts our fields in. Scores of a task that is not in {@code fields} stay if they speak of the same bytes and model, and go
     * otherwise: they would carry another picture's digest. Nothing changes if the packet already says the same, whenever it was said.
     *
     * @param ratingFrom the task whose level becomes {@code xmp:Rating} where no rating exists; null to leave ratings alone
     * @return whether anything changed
     */
    boolean put(ScoreFields fields, @Nullable Task ratingFrom) throws SidecarException {
        Optional<ScoreStamp> before = fields().flatMap(ScoreStamp::of);
        boolean sameSubject = before.isPresent() && before.equals(ScoreStamp.of(fields));
        try {
            boolean changed = !sameSubject;
            for (Task task : Task.values()) {
                Level level = level(fields, task);
                if (level != null) {
                    changed |= putTask(task, fields, level);
                } else if (!sameSubject) {
                    changed |= removeTask(task);
                }
                if (level != null && task == ratingFrom) {
                    changed |= putRating(level);
                }
            }
            if (changed) {
                for (String common : COMMON) {
                    set(common, fields);
                }
            }
            return changed;
        } catch (XMPException e) {
            throw new SidecarException(
                    "its fields have a form that scores cannot be added to (" + e.getMessage() + ")", e);
        }
    }

    /**
     * UTF-8 without packet wrapper or padding, which sidecars do not need; one element a property, as exiftool writes, so that
     * differences between versions can be read.
     *
     * @throws SidecarException if what others wrote would not come back the same; then the old file must stay
     */
    byte[] serialise() throws SidecarException {
        try {
            byte[] bytes = XMPMetaFactory.serializeToBuffer(
                    meta,
                    new SerializeOptions()
                            .setOmitPacketWrapper(true)
                            .setUseCanonicalFormat(true)
                            .setNewline("\n"));
            Set<String> lost = new HashSet<>(foreignBefore);
            lost.removeAll(foreign(XMPMetaFactory.parseFromBuffer(bytes, STRICT)));
            if (!lost.isEmpty()) {
                throw new SidecarException(
                        "writing it would lose " + lost.iterator().next());
            }
            return bytes;
        } catch (XMPException e) {
            throw new SidecarException("it cannot be written back as XMP (" + e.getMessage() + ")", e);
        }
    }

    private boolean putTask(Task task, ScoreFields fields, Level level) throws XMPException {
        boolean changed = set(ScoreFields.scoreField(task), fields);
        changed |= set(ScoreFields.levelField(task), fields);
        for (XmpKeywords keywords : XmpKeywords.ALL) {
            changed |= keywords.put(meta, task, level);
        }
        return changed;
    }

    private boolean removeTask(Task task) throws XMPException {
        boolean changed = false;
        for (String field : List.of(ScoreFields.scoreField(task), ScoreFields.levelField(task))) {
            changed |= meta.doesPropertyExist(NAMESPACE, xmpName(field));
            meta.deleteProperty(NAMESPACE, xmpName(field));
        }
        for (XmpKeywords keywords : XmpKeywords.ALL) {
            changed |= keywords.remove(meta, task);
        }
        return changed;
    }

    private boolean putRating(Level level) throws XMPException {
        if (meta.doesPropertyExist(XMPConst.NS_XMP, RATING)) {
            return false;
        }
        meta.setProperty(XMPConst.NS_XMP, RATING, Integer.toString(level.weight()));
        return true;
    }

    private boolean set(String field, ScoreFields fields) throws XMPException {
        String name = xmpName(field);
        String value = fields.text(field).orElseThrow();
        XMPProperty present = meta.getProperty(NAMESPACE, name);
        if (present != null && value.equals(present.getValue())) {
            return false;
        }
        meta.deleteProperty(NAMESPACE, name); // an array or a structure of that name would refuse a plain value
        meta.setProperty(NAMESPACE, name, value);
        return true;
    }

    private @Nullable String get(String field) throws XMPException {
        return meta.getPropertyString(NAMESPACE, xmpName(field));
    }

    private static @Nullable Level level(ScoreFields fields, Task task) {
        String word = fields.text(ScoreFields.levelField(task)).orElse(null);
        for (Level level : Level.values()) {
            if (level.id().equals(word)) {
                return level;
            }
        }
        return null;
    }

    /** Everything that is not ours to change, one line per node. */
    private static Set<String> foreign(XMPMeta meta) throws XMPException {
        Set<String> lines = new HashSet<>();
        XMPIterator nodes = meta.iterator();
        while (nodes.hasNext()) {
            XMPPropertyInfo node = (XMPPropertyInfo) nodes.next();
            String path = node.getPath();
            if (path == null || path.startsWith(PREFIX + ":")) {
                continue;
            }
            if (!XmpKeywords.covers(path)) {
                lines.add(path + " = " + node.getValue());
            } else if (!node.getValue().isEmpty() && !XmpKeywords.isOurs(node.getValue())) {
                lines.add(path.replaceFirst("\\[\\d+]", "") + " has " + node.getValue()); // places in a list may move
            }
        }
        return lines;
    }

    /** {@code quality_score} is {@code QualityScore} here, as names in XMP are spelled. */
    static String xmpName(String field) {
        StringBuilder name = new StringBuilder();
        for (String word : field.split("_", -1)) {
            name.append(word.substring(0, 1).toUpperCase(Locale.ROOT)).append(word.substring(1));
        }
        return name.toString();
    }

    private static @Nullable BigDecimal number(@Nullable String text) {
        try {
            return text == null ? null : new BigDecimal(text);
        } catch (NumberFormatException e) {
            return null; // edited by hand: as good as absent, the next scoring replaces it
        }
    }

    private static @Nullable Instant instant(@Nullable String text) {
        try {
            return text == null ? null : OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeException e) {
            return null; // as above
        }
    }
}
