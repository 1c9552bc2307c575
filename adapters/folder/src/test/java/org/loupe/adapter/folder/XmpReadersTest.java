package org.loupe.adapter.folder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.loupe.adapter.folder.Fixtures.DIGEST;
import static org.loupe.adapter.folder.Fixtures.jpeg;
import static org.loupe.adapter.folder.Fixtures.scores;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What programs that people use make of our sidecars, and what we make of theirs. */
class XmpReadersTest {
    private final Path root;
    private final XmpSidecar sidecars;

    XmpReadersTest(@TempDir Path temporary) throws IOException {
        root = temporary.toRealPath();
        sidecars = new XmpSidecar(root, SidecarName.FULL, null);
    }

    @Test
    void exiftoolReadsEveryField() throws Exception {
        Reader exiftool = Reader.of("exiftool");
        Path sidecar = write("photo.jpg", 4.25, 2.75);
        Map<String, String> tags = tags(exiftool, sidecar);
        assertThat(tags)
                .containsEntry("XMP-loupe:QualityScore", "4.25")
                .containsEntry("XMP-loupe:QualityLevel", "good")
                .containsEntry("XMP-loupe:AestheticScore", "2.75")
                .containsEntry("XMP-loupe:AestheticLevel", "fair")
                .containsEntry("XMP-loupe:ScoreModel", "loupe-small")
                .containsEntry("XMP-loupe:ScoreModelVersion", "1")
                .containsKey("XMP-loupe:ScoredAt")
                .containsEntry("XMP-loupe:ScoredSha256", DIGEST)
                .containsEntry("XMP-dc:Subject", "[quality:good,aesthetics:fair]")
                .containsEntry("XMP-lr:HierarchicalSubject", "[Quality||good,Aesthetics||fair]")
                .containsEntry("XMP-digiKam:TagsList", "[Quality/good,Aesthetics/fair]")
                .doesNotContainKey("XMP-xmp:Rating");
    }

    @Test
    void exiv2ReadsEveryField() throws Exception {
        Reader exiv2 = Reader.of("exiv2");
        Path sidecar = write("photo.jpg", 4.25, 2.75);
        List<String> lines = exiv2.run("-q", "-PXkt", "pr", sidecar)
                .lines()
                .map(line -> line.strip().replaceAll("\\s+", " "))
                .toList();
        assertThat(lines)
                .contains(
                        "Xmp.loupe.QualityScore 4.25",
                        "Xmp.loupe.QualityLevel good",
                        "Xmp.loupe.AestheticScore 2.75",
                        "Xmp.loupe.AestheticLevel fair",
                        "Xmp.loupe.ScoreModel loupe-small",
                        "Xmp.loupe.ScoreModelVersion 1",
                        "Xmp.loupe.ScoredAt 2026-11-23T10:15:30Z",
                        "Xmp.loupe.ScoredSha256 " + DIGEST,
                        "Xmp.dc.subject quality:good, aesthetics:fair",
                        "Xmp.lr.hierarchicalSubject Quality|good, Aesthetics|fair",
                        "Xmp.digiKam.TagsList Quality/good, Aesthetics/fair");
    }

    @Test
    void exiftoolFindsTheRightFilesByNumber() throws Exception {
        Reader exiftool = Reader.of("exiftool");
        write("a.jpg", 4.0, 2);
        write("b.jpg", 3.99, 5);
        write("c.jpg", 4.75, 1);
        write("d.jpg", 1, 4.5);
        assertThat(found(exiftool, "$QualityScore >= 4")).containsExactly("a.jpg.xmp", "c.jpg.xmp");
        assertThat(found(exiftool, "$AestheticScore > 4 and $QualityScore > 3")).containsExactly("b.jpg.xmp");
        assertThat(found(exiftool, "$Subject =~ /aesthetics:excellent/")).containsExactly("b.jpg.xmp", "d.jpg.xmp");
    }

    @Test
    void keepsAllThatExiftoolWrote() throws Exception {
        Reader exiftool = Reader.of("exiftool");
        Path photo = jpeg(root.resolve("photo.jpg"), 1);
        Path sidecar = root.resolve("photo.jpg.xmp");
        exiftool.run(
                "-q",
                "-Title=Otters & <rain>",
                "-Title-de=Otter im Regen",
                "-Description=two\nlines",
                "-Subject=otter",
                "-Subject=zoo",
                "-HierarchicalSubject=Animals|otter",
                "-TagsList=Animals/otter",
                "-Rating=2",
                "-Label=Red",
                "-XMP-photoshop:City=Oakland",
                "-XMP:GPSLatitude=37.75",
                "-XMP-iptcExt:LocationShown={City=Oakland,CountryCode=US}",
                "-RegionInfo={AppliedToDimensions={W=48,H=32,Unit=pixel},RegionList=[{Area={X=0.5,Y=0.5,W=0.1,H=0.1,Unit=normalized},Name=Ada,Type=Face}]}",
                "-HistoryAction=saved",
                "-HistorySoftwareAgent=Some Editor",
                sidecar);
        Map<String, String> before = tags(exiftool, sidecar);
        assertThat(before).hasSize(14);

        sidecars.write(photo, scores(4.25, 2.75));

        Map<String, String> after = tags(exiftool, sidecar);
        assertThat(after.get("XMP-dc:Subject")).isEqualTo("[otter,zoo,quality:good,aesthetics:fair]");
        assertThat(after.get("XMP-lr:HierarchicalSubject"))
                .isEqualTo("[Animals||otter,Quality||good,Aesthetics||fair]");
        assertThat(after.get("XMP-digiKam:TagsList")).isEqualTo("[Animals/otter,Quality/good,Aesthetics/fair]");
        List.of("XMP-dc:Subject", "XMP-lr:HierarchicalSubject", "XMP-digiKam:TagsList", "XMP-x:XMPToolkit")
                .forEach(before::remove);
        assertThat(after).containsAllEntriesOf(before).containsEntry("XMP-loupe:QualityScore", "4.25");
    }

    @Test
    void loseNothingWhenExiftoolWritesSomethingElse() throws Exception {
        Reader exiftool = Reader.of("exiftool");
        Path sidecar = write("photo.jpg", 4.25, 2.75);
        exiftool.run("-q", "-overwrite_original", "-Rating=3", "-Subject+=otter", "-City=Oakland", sidecar);
        assertThat(sidecars.read(sidecar)).contains(scores(4.25, 2.75));
        assertThat(tags(exiftool, sidecar)).containsEntry("XMP-dc:Subject", "[quality:good,aesthetics:fair,otter]");
    }

    @Test
    void loseNothingWhenExiv2WritesSomethingElse() throws Exception {
        Reader exiv2 = Reader.of("exiv2");
        Path sidecar = write("photo.jpg", 4.25, 2.75);
        exiv2.run("-q", "-M", "set Xmp.xmp.Label XmpText Blue", "mo", sidecar);
        assertThat(Files.readString(sidecar)).contains("Blue");
        assertThat(sidecars.read(sidecar)).contains(scores(4.25, 2.75));
    }

    private Path write(String name, double quality, double aesthetics) throws IOException {
        return sidecars.write(jpeg(root.resolve(name), name.hashCode()), scores(quality, aesthetics));
    }

    private List<String> found(Reader exiftool, String condition) throws Exception {
        return exiftool.run("-q", "-p", "$FileName", "-if", condition, "-ext", "xmp", root)
                .lines()
                .sorted()
                .toList();
    }

    /** Tags of XMP only, by group and name; in exiftool's form for structures {@code |} is written {@code ||}. */
    private static Map<String, String> tags(Reader exiftool, Path sidecar) throws Exception {
        Map<String, String> tags = new TreeMap<>();
        exiftool.run("-q", "-G1", "-s", "-a", "-struct", "-XMP:all", sidecar)
                .lines()
                .forEach(line -> {
                    // [XMP-dc]        Subject                         : [quality:good,aesthetics:fair]
                    String group = line.substring(1, line.indexOf(']'));
                    String name = line.substring(line.indexOf(']') + 1, line.indexOf(" :"))
                            .strip();
                    tags.put(
                            group + ":" + name,
                            line.substring(line.indexOf(" :") + 2).strip());
                });
        return tags;
    }
}
