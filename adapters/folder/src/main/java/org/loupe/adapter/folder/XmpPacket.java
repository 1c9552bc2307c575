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
import java.time.temporal.ChronoUnit;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
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

    private static final String MODEL = "ScoreModel";
    private static final String MODEL_VERSION = "ScoreModelVersion";
    private static final String SCORED_AT = "ScoredAt";
    private static final String SHA256 = "ScoredSha256";
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

    /** @return our scores, if this packet has all that belongs to them */
    Optional<SidecarScores> scores() throws SidecarException {
        try {
            String model = meta.getPropertyString(NAMESPACE, MODEL);
            String version = meta.getPropertyString(NAMESPACE, MODEL_VERSION);
            String sha256 = meta.getPropertyString(NAMESPACE, SHA256);
            Instant scoredAt = instant(meta.getPropertyString(NAMESPACE, SCORED_AT));
            Map<Task, Double> mos = new EnumMap<>(Task.class);
            for (Task task : Task.values()) {
                Double value = number(meta.getPropertyString(NAMESPACE, scoreField(task)));
                if (value != null && meta.doesPropertyExist(NAMESPACE, levelField(task))) {
                    mos.put(task, value);
                }
            }
            if (model == null || version == null || sha256 == null || scoredAt == null || mos.isEmpty()) {
                return Optional.empty();
            }
            return Optional.of(new SidecarScores(mos, model, version, scoredAt, sha256));
        } catch (XMPException e) {
            throw new SidecarException("its loupe fields cannot be read (" + e.getMessage() + ")", e);
        }
    }

    /**
     * Puts our scores in. Scores of a task that is not in {@code scores} stay if they speak of the same bytes and model, and go
     * otherwise: they would carry another picture's digest. Nothing changes if the packet already says the same.
     *
     * @param ratingFrom the task whose rounded MOS becomes {@code xmp:Rating} where no rating exists; null to leave ratings alone
     * @return whether anything changed
     */
    boolean put(SidecarScores scores, @Nullable Task ratingFrom) throws SidecarException {
        Optional<SidecarScores> before = scores();
        try {
            boolean changed = before.isEmpty() || !before.get().sameSubject(scores);
            for (Task task : Task.values()) {
                Double mos = scores.mos().get(task);
                if (mos != null) {
                    changed |= putTask(task, mos);
                } else if (before.isEmpty() || !before.get().sameSubject(scores)) {
                    changed |= removeTask(task);
                }
            }
            if (ratingFrom != null && scores.mos().containsKey(ratingFrom)) {
                changed |= putRating(scores.mos().get(ratingFrom));
            }
            if (changed) {
                set(MODEL, scores.model());
                set(MODEL_VERSION, scores.modelVersion());
                set(SCORED_AT, scores.scoredAt().truncatedTo(ChronoUnit.SECONDS).toString());
                set(SHA256, scores.sha256());
            }
            return changed;
        } catch (XMPException e) {
            throw new SidecarException(
                    "its fields have a form that scores cannot be added to (" + e.getMessage() + ")", e);
        }
    }

    /**
     * UTF-8 without packet wrapper or padding, which sidecars do not need.
     *
     * @throws SidecarException if what others wrote would not come back the same; then the old file must stay
     */
    byte[] serialise() throws SidecarException {
        try {
            byte[] bytes = XMPMetaFactory.serializeToBuffer(
                    meta, new SerializeOptions().setOmitPacketWrapper(true).setNewline("\n"));
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

    private boolean putTask(Task task, double mos) throws XMPException {
        Level level = Level.ofMos(mos);
        boolean changed = set(scoreField(task), text(mos));
        changed |= set(levelField(task), level.id());
        for (XmpKeywords keywords : XmpKeywords.ALL) {
            changed |= keywords.put(meta, task, level);
        }
        return changed;
    }

    private boolean removeTask(Task task) throws XMPException {
        boolean changed = meta.doesPropertyExist(NAMESPACE, scoreField(task))
                || meta.doesPropertyExist(NAMESPACE, levelField(task));
        meta.deleteProperty(NAMESPACE, scoreField(task));
        meta.deleteProperty(NAMESPACE, levelField(task));
        for (XmpKeywords keywords : XmpKeywords.ALL) {
            changed |= keywords.remove(meta, task);
        }
        return changed;
    }

    private boolean putRating(double mos) throws XMPException {
        if (meta.doesPropertyExist(XMPConst.NS_XMP, RATING)) {
            return false;
        }
        meta.setProperty(
                XMPConst.NS_XMP, RATING, Integer.toString(Level.ofMos(mos).weight()));
        return true;
    }

    private boolean set(String field, String value) throws XMPException {
        XMPProperty present = meta.getProperty(NAMESPACE, field);
        if (present != null && value.equals(present.getValue())) {
            return false;
        }
        meta.deleteProperty(NAMESPACE, field); // an array or a structure of that name would refuse a plain value
        meta.setProperty(NAMESPACE, field, value);
        return true;
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

    private static String scoreField(Task task) {
        return fieldStart(task) + "Score";
    }

    private static String levelField(Task task) {
        return fieldStart(task) + "Level";
    }

    private static String fieldStart(Task task) {
        return switch (task) {
            case QUALITY -> "Quality";
            case AESTHETICS -> "Aesthetic";
        };
    }

    /** Plain digits, never an exponent: some readers compare it as text first. */
    private static String text(double mos) {
        return BigDecimal.valueOf(mos).toPlainString();
    }

    private static @Nullable Double number(@Nullable String text) {
        try {
            return text == null ? null : Double.valueOf(text);
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
