package org.loupe.adapter.folder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.loupe.adapter.folder.Fixtures.OTHER_DIGEST;
import static org.loupe.adapter.folder.Fixtures.quality;
import static org.loupe.adapter.folder.Fixtures.scores;
import static org.loupe.adapter.folder.Fixtures.xmpBytes;

import com.adobe.internal.xmp.XMPConst;
import com.adobe.internal.xmp.XMPException;
import com.adobe.internal.xmp.XMPMeta;
import com.adobe.internal.xmp.XMPMetaFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.loupe.metadata.ScoreFields;
import org.loupe.score.Task;

class XmpPacketTest {
    private static final String LIGHTROOM = "http://ns.adobe.com/lightroom/1.0/";
    private static final String DIGIKAM = "http://www.digikam.org/ns/1.0/";
    private static final String ACME = "http://acme.example/film/";

    @Test
    void readsBackWhatItWrote() throws Exception {
        XmpPacket packet = XmpPacket.empty();
        assertThat(packet.put(scores(4.25, 2.75), null)).isTrue();
        assertThat(XmpPacket.parse(packet.serialise()).fields()).contains(scores(4.25, 2.75));
    }

    @Test
    void writesAllEightFieldsAndThreeKindsOfKeywords() throws Exception {
        XMPMeta meta = merged(null, scores(4.25, 2.75), null);
        assertThat(field(meta, "QualityScore")).isEqualTo("4.25");
        assertThat(field(meta, "QualityLevel")).isEqualTo("good");
        assertThat(field(meta, "AestheticScore")).isEqualTo("2.75");
        assertThat(field(meta, "AestheticLevel")).isEqualTo("fair");
        assertThat(field(meta, "ScoreModel")).isEqualTo("loupe-small");
        assertThat(field(meta, "ScoreModelVersion")).isEqualTo("1");
        assertThat(field(meta, "ScoredAt")).isEqualTo("2026-11-23T10:15:30Z");
        assertThat(field(meta, "ScoredSha256")).isEqualTo(Fixtures.DIGEST);
        assertThat(list(meta, XMPConst.NS_DC, "subject")).containsExactly("quality:good", "aesthetics:fair");
        assertThat(list(meta, LIGHTROOM, "hierarchicalSubject")).containsExactly("Quality|good", "Aesthetics|fair");
        assertThat(list(meta, DIGIKAM, "TagsList")).containsExactly("Quality/good", "Aesthetics/fair");
    }

    @Test
    void saysNothingHasChangedWhenTheSameScoresComeAgainLater() throws Exception {
        XmpPacket packet = XmpPacket.empty();
        packet.put(scores(4.25, 2.75), null);
        ScoreFields later = Fixtures.fields(
                Map.of(Task.QUALITY, 4.25, Task.AESTHETICS, 2.75), Fixtures.DIGEST, Fixtures.WHEN.plusSeconds(60));
        assertThat(packet.put(later, null)).isFalse();
    }

    @Test
    void writesTheLevelOfTheUnroundedScore() throws Exception {
        XMPMeta meta = merged(null, quality(4.4975, Fixtures.DIGEST), Task.QUALITY);
        assertThat(field(meta, "QualityScore")).isEqualTo("4.50");
        assertThat(field(meta, "QualityLevel")).isEqualTo("good");
        assertThat(meta.getPropertyString(XMPConst.NS_XMP, "Rating")).isEqualTo("4");
    }

    @Test
    void replacesItsOwnKeywordsInPlaceAndKeepsEverybodyElsesInOrder() throws Exception {
        byte[] before = xmpBytes("""
                <dc:subject><rdf:Bag><rdf:li>zoo</rdf:li><rdf:li>quality:poor</rdf:li><rdf:li>quality control</rdf:li>
                  <rdf:li>aesthetics:bad</rdf:li><rdf:li>quality:bad</rdf:li><rdf:li>otter</rdf:li></rdf:Bag></dc:subject>
                <lr:hierarchicalSubject><rdf:Bag><rdf:li>Quality|bad</rdf:li><rdf:li>Animals|otter</rdf:li></rdf:Bag></lr:hierarchicalSubject>
                <digiKam:TagsList><rdf:Seq><rdf:li>Animals/otter</rdf:li></rdf:Seq></digiKam:TagsList>
                """);
        XMPMeta meta = merged(before, scores(4.25, 2.75), null);
        assertThat(list(meta, XMPConst.NS_DC, "subject"))
                .containsExactly("zoo", "quality:good", "quality control", "aesthetics:fair", "otter");
        assertThat(list(meta, LIGHTROOM, "hierarchicalSubject"))
                .containsExactly("Quality|good", "Animals|otter", "Aesthetics|fair");
        assertThat(list(meta, DIGIKAM, "TagsList")).containsExactly("Animals/otter", "Quality/good", "Aesthetics/fair");
    }

    @Test
    void keepsASingleKeywordThatAnotherProgramWroteAsPlainText() throws Exception {
        XMPMeta meta = merged(xmpBytes("<dc:subject>otter</dc:subject>"), quality(3, Fixtures.DIGEST), null);
        assertThat(list(meta, XMPConst.NS_DC, "subject")).containsExactly("otter", "quality:fair");
    }

    @Test
    void keepsForeignNamespacesStructuresQualifiersAndLanguages() throws Exception {
        byte[] before = xmpBytes("""
                <dc:title><rdf:Alt><rdf:li xml:lang="x-default">Otters &amp; rain</rdf:li><rdf:li xml:lang="de">Otter im Regen</rdf:li></rdf:Alt></dc:title>
                <acme:roll rdf:parseType="Resource"><acme:stock>Delta 400</acme:stock>
                  <acme:frames><rdf:Seq><rdf:li rdf:parseType="Resource"><acme:n>1</acme:n><acme:note>  two spaces  </acme:note></rdf:li></rdf:Seq></acme:frames></acme:roll>
                <acme:link rdf:resource="https://acme.example/1"/>
                <acme:empty/>
                <xmp:Rating>0</xmp:Rating>
                """);
        XMPMeta meta = merged(before, scores(4.25, 2.75), Task.QUALITY);
        assertThat(meta.getPropertyString(XMPConst.NS_DC, "title[1]")).isEqualTo("Otters & rain");
        assertThat(meta.getPropertyString(XMPConst.NS_DC, "title[2]")).isEqualTo("Otter im Regen");
        assertThat(meta.getQualifier(XMPConst.NS_DC, "title[2]", XMPConst.NS_XML, "lang")
                        .getValue())
                .isEqualTo("de");
        assertThat(meta.getPropertyString(ACME, "roll/acme:stock")).isEqualTo("Delta 400");
        assertThat(meta.getPropertyString(ACME, "roll/acme:frames[1]/acme:note"))
                .isEqualTo("  two spaces  ");
        assertThat(meta.getProperty(ACME, "link").getOptions().isURI()).isTrue();
        assertThat(meta.doesPropertyExist(ACME, "empty")).isTrue();
        assertThat(meta.getPropertyString(XMPConst.NS_XMP, "Rating"))
                .as("a rating of a person")
                .isEqualTo("0");
    }

    @Test
    void writesARatingOnlyWhenAskedAndAbsent() throws Exception {
        assertThat(merged(null, scores(4.25, 1.2), null).doesPropertyExist(XMPConst.NS_XMP, "Rating"))
                .isFalse();
        assertThat(merged(null, scores(4.25, 1.2), Task.QUALITY).getPropertyString(XMPConst.NS_XMP, "Rating"))
                .isEqualTo("4");
        assertThat(merged(null, scores(4.25, 1.2), Task.AESTHETICS).getPropertyString(XMPConst.NS_XMP, "Rating"))
                .isEqualTo("1");
        assertThat(merged(xmpBytes("<xmp:Rating>-1</xmp:Rating>"), scores(4.25, 1.2), Task.QUALITY)
                        .getPropertyString(XMPConst.NS_XMP, "Rating"))
                .isEqualTo("-1");
    }

    @Test
    void keepsTheOtherTaskOfTheSameBytesAndDropsThatOfOldBytes() throws Exception {
        XmpPacket packet = XmpPacket.empty();
        packet.put(scores(4.25, 2.75), null);
        packet.put(quality(2.25, Fixtures.DIGEST), null);
        assertThat(packet.fields().orElseThrow().keywords()).containsExactly("quality:poor", "aesthetics:fair");

        packet.put(quality(2.25, OTHER_DIGEST), null);
        assertThat(packet.fields().orElseThrow().keywords()).containsExactly("quality:poor");
        XMPMeta meta = XMPMetaFactory.parseFromBuffer(packet.serialise());
        assertThat(list(meta, XMPConst.NS_DC, "subject")).containsExactly("quality:poor");
        assertThat(meta.doesPropertyExist(XmpPacket.NAMESPACE, "AestheticLevel"))
                .isFalse();
    }

    @Test
    void takesItsFieldsUnderAnyPrefix() throws Exception {
        XmpPacket packet = XmpPacket.empty();
        packet.put(scores(4.25, 2.75), null);
        String renamed = new String(packet.serialise(), StandardCharsets.UTF_8)
                .replace("loupe:", "ns1:")
                .replace("xmlns:loupe", "xmlns:ns1");
        assertThat(XmpPacket.parse(renamed.getBytes(StandardCharsets.UTF_8)).fields())
                .contains(scores(4.25, 2.75));
    }

    @Test
    void readsUtf16AsOtherProgramsWriteIt() throws Exception {
        String text = Fixtures.xmp("<dc:subject><rdf:Bag><rdf:li>Fjörd 鴨</rdf:li></rdf:Bag></dc:subject>")
                .replace("UTF-8", "UTF-16");
        XMPMeta meta = merged(text.getBytes(StandardCharsets.UTF_16), quality(3, Fixtures.DIGEST), null);
        assertThat(list(meta, XMPConst.NS_DC, "subject")).containsExactly("Fjörd 鴨", "quality:fair");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "   \n",
                "no XML at all",
                "<html><body/></html>",
                "<x:xmpmeta xmlns:x='adobe:ns:meta/'>",
                "<x:xmpmeta xmlns:x='adobe:ns:meta/'/>",
                "<a><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'/><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'/></a>",
                "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>"
                        + "<rdf:Description rdf:about='a'/><rdf:Description rdf:about='b'/></rdf:RDF></x:xmpmeta>"
            })
    void refusesWhatIsNotOneXmpPacket(String text) {
        assertThatThrownBy(() -> XmpPacket.parse(text.getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(SidecarException.class);
    }

    @Test
    void refusesADocumentTypeAndReadsNoOtherFile(@TempDir Path directory) throws Exception {
        Path secret = Files.writeString(directory.resolve("secret"), "hunter2");
        String text = "<!DOCTYPE x [<!ENTITY e SYSTEM \"" + secret.toUri() + "\">]>"
                + Fixtures.xmp("<dc:format>&e;</dc:format>").replaceFirst("<\\?xml.*\\?>", "");
        assertThatThrownBy(() -> XmpPacket.parse(text.getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(SidecarException.class)
                .hasMessageContaining("document type")
                .hasMessageNotContaining("hunter2");
    }

    @Test
    void refusesNestingThatWouldOverflowAParser() {
        int depth = 20_000;
        byte[] bytes = xmpBytes("<acme:a rdf:parseType='Resource'>".repeat(depth) + "</acme:a>".repeat(depth));
        assertThatThrownBy(() -> XmpPacket.parse(bytes))
                .isInstanceOf(SidecarException.class)
                .hasMessageContaining("nested");
    }

    @Test
    void refusesAFileThatIsTooLarge() {
        byte[] bytes = new byte[XmpGuard.MAX_BYTES + 1];
        assertThatThrownBy(() -> XmpPacket.parse(bytes))
                .isInstanceOf(SidecarException.class)
                .hasMessageContaining("larger");
    }

    @Test
    void refusesKeywordsThatAreAStructure() throws Exception {
        XmpPacket packet = XmpPacket.parse(
                xmpBytes("<dc:subject rdf:parseType='Resource'><acme:word>otter</acme:word></dc:subject>"));
        assertThatThrownBy(() -> packet.put(scores(4, 3), null)).isInstanceOf(SidecarException.class);
    }

    private static XMPMeta merged(byte @Nullable [] before, ScoreFields scores, @Nullable Task ratingFrom)
            throws Exception {
        XmpPacket packet = before == null ? XmpPacket.empty() : XmpPacket.parse(before);
        packet.put(scores, ratingFrom);
        return XMPMetaFactory.parseFromBuffer(packet.serialise());
    }

    private static @Nullable String field(XMPMeta meta, String name) throws XMPException {
        return meta.getPropertyString(XmpPacket.NAMESPACE, name);
    }

    private static List<String> list(XMPMeta meta, String namespace, String name) throws XMPException {
        List<String> items = new ArrayList<>();
        for (int i = 1; i <= meta.countArrayItems(namespace, name); i++) {
            items.add(meta.getArrayItem(namespace, name, i).getValue());
        }
        return items;
    }
}
