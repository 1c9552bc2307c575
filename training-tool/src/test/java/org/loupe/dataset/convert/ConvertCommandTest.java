package org.loupe.dataset.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.loupe.cli.LoupeMain;
import org.loupe.score.Task;
import org.loupe.training.data.Rated;
import org.loupe.training.data.Ratings;
import org.loupe.training.data.SplitsCsv;

/** {@code ./loupe dataset convert} on made-up files in the layout of each published set; pictures are single bytes, as nothing opens them. */
class ConvertCommandTest {
    private final Path set;
    private final Path out;
    private String text = "";

    ConvertCommandTest(@TempDir Path dir) {
        this.set = dir.resolve("unpacked");
        this.out = dir.resolve("converted");
    }

    @Test
    void koniq() throws IOException {
        pictures("1024x768/1.jpg", "1024x768/2.jpg", "512x384/1.jpg", "512x384/2.jpg");
        file("koniq10k_scores_and_distributions.csv", """
                "image_name","c1","c2","c3","c4","c5","c_total","MOS","SD","MOS_zscore"
                "1.jpg",0,0,25,73,7,105,3.828571429,0.527278189,75.13
                "2.jpg",10,0,0,0,10,20,3,2.05,50.1
                """);
        file("metadata/koniq10k_distributions_sets.csv", """
                image_name,c1,c2,c3,c4,c5,MOS,SD,set
                1.jpg,0,0,0.2380952,0.6952381,0.0666667,75.1,0.52,training
                2.jpg,0.5,0,0,0,0.5,50.1,2.05,test
                """);
        List<Rated> items = converted("koniq");
        assertThat(items).extracting(Rated::task).containsOnly(Task.QUALITY);
        assertThat(items.get(0).mos()).isCloseTo(3.828571429, within(1e-9));
        assertThat(items.get(0).votes()).containsExactly(0, 0, 25, 73, 7);
        assertThat(items.get(0).file().toString()).contains("1024x768");
        assertThat(split(items.get(0))).isEqualTo("train");
        assertThat(split(items.get(1))).isEqualTo("test");
        assertThat(text).contains("train 1").contains("MOS_zscore");
    }

    @Test
    void spaq() throws IOException {
        pictures("TestImage/00001.jpg", "TestImage/00002.jpg");
        workbook("Annotations/MOS and Image attribute scores.xlsx");
        List<Rated> items = converted("spaq");
        assertThat(items).hasSize(2);
        assertThat(items.get(0).mos()).isCloseTo(1 + 4 * 0.375, within(1e-9));
        assertThat(items.get(1).mos()).isCloseTo(1 + 4 * 0.7225, within(1e-9));
        assertThat(out.resolve("splits.csv")).doesNotExist();
        assertThat(text).contains("1 labelled pictures are not there").contains("00003.jpg");
    }

    @Test
    void kadid() throws IOException {
        pictures("kadid10k/images/I01_01_01.png", "kadid10k/images/I01_01_02.png", "kadid10k/images/I01.png");
        file("kadid10k/dmos.csv", """
                dist_img,ref_img,dmos,var
                I01_01_01.png,I01.png,4.57,0.36
                I01_01_02.png,I01.png,1.43,0.25
                """);
        List<Rated> items = converted("kadid");
        assertThat(items.get(0).mos()).isCloseTo(4.57, within(1e-9));
        assertThat(items.get(0).std().getAsDouble()).isCloseTo(0.6, within(1e-9));
        assertThat(text).contains("high is good");
    }

    @Test
    void liveChallenge() throws IOException {
        pictures("Images/3.bmp", "Images/10.JPG", "Images/trainingImages/t1.bmp");
        for (String name : List.of("AllImages_release.mat", "AllMOS_release.mat", "AllStdDev_release.mat")) {
            Path target = set.resolve("Data").resolve(name);
            Files.createDirectories(target.getParent());
            // written by SciPy 1.17.1: io.savemat, the first two compressed as MATLAB does
            try (InputStream in =
                    Objects.requireNonNull(ConvertCommandTest.class.getResourceAsStream("/live-challenge/" + name))) {
                Files.copy(in, target);
            }
        }
        List<Rated> items = converted("live-c");
        assertThat(items)
                .extracting(item -> item.file().getFileName().toString())
                .containsExactly("3.bmp", "10.JPG");
        assertThat(items.get(0).mos()).isCloseTo(1 + 0.04 * 63.9634146341463, within(1e-9));
        assertThat(items.get(1).std().getAsDouble()).isCloseTo(0.04 * 20.5, within(1e-9));
        assertThat(text).contains("7 pictures of the rehearsal");
    }

    @Test
    void agiqa() throws IOException {
        pictures("AGIQA-3K/AttnGAN_normal_000.jpg");
        file("data.csv", """
                name,prompt,adj1,adj2,style,mos_quality,std_quality,mos_align,std_align
                AttnGAN_normal_000.jpg,"a bird, on a branch",,,,1.25,0.5,2.1,0.9
                """);
        List<Rated> items = converted("agiqa");
        assertThat(items.get(0).mos()).isCloseTo(2, within(1e-9));
        assertThat(items.get(0).std().getAsDouble()).isCloseTo(0.4, within(1e-9));
    }

    @Test
    void ava() throws IOException {
        pictures("images/953619.jpg", "images/953958.jpg", "images/7.jpg");
        file("AVA.txt", """
                1 953619 0 1 5 17 38 36 15 6 5 1 1 22 1396
                2 953958 10 7 15 26 26 21 10 8 1 2 1 21 1396
                3 7 1 1 1 1 1 1 1 1 1 1 0 0 1
                """);
        file("aesthetics_image_lists/generic_ls_train.jpgl", "953619\n");
        file("aesthetics_image_lists/generic_test.jpgl", "953958 \n");
        List<Rated> items = converted("ava");
        assertThat(items).extracting(Rated::task).containsOnly(Task.AESTHETICS);
        assertThat(items).hasSize(2);
        assertThat(items.get(0).votes()).containsExactly(0, 1, 5, 17, 38, 36, 15, 6, 5, 1);
        assertThat(split(items.get(1))).isEqualTo("test");
        assertThat(text).contains("1 pictures in neither list are left out");
    }

    @Test
    void lsvq() throws IOException {
        pictures("ia-batch1/one.mp4", "yfcc-batch1/2.mp4", "yfcc-batch9/2.mp4", "yfcc-batch2/big.mp4");
        file("labels_train_test.csv", """
                name,p1,height,width,mos_p1,mos,frame_number,is_test
                ia-batch1/one,0,540,960,50.1,62.5,240,False
                yfcc-batch9/2,0,540,960,50.1,25,240,True
                """);
        file("labels_test_1080p.csv", "name,mos\nyfcc-batch2/big,80\n");
        List<Rated> items = converted("lsvq");
        assertThat(items).extracting(Rated::mos).containsExactly(3.5, 2.0, 4.2);
        assertThat(items.get(1).file().toString()).contains("yfcc-batch9");
        assertThat(items.stream().map(this::split)).containsExactly("train", "test", "test-1080p");
    }

    @Test
    void tellsWhatASetIsMadeOf() {
        assertThat(run("koniq")).isEqualTo(1);
        assertThat(text)
                .contains("is no folder")
                .contains("koniq10k_scores_and_distributions.csv")
                .contains("mmsp-kn.de");
        assertThat(run("imagenet")).isEqualTo(2);
        assertThat(text).contains("--from knows koniq, spaq, kadid, live-c, agiqa, ava, lsvq");
    }

    @Test
    void saysWhatToDoAboutWhateverIsMissing() throws IOException {
        Files.createDirectories(set);
        for (PublishedSet each : PublishedSets.ALL) {
            assertThat(run(each.id())).as(each.id()).isEqualTo(1);
            assertThat(text)
                    .startsWith("loupe: INVALID_REQUEST: there is no ")
                    .contains(each.id() + " is made of: ")
                    .contains("obtained from: ")
                    .hasLineCount(3);
        }
        file("dmos.csv", "dist_img,ref_img,dmos,var\nI01_01_01.png,I01.png,4.57,0.36\n");
        assertThat(run("kadid")).isEqualTo(1);
        assertThat(text)
                .contains("I01_01_01.png")
                .contains("unpack the pictures into that folder, or give the folder above both");
        file("dmos.csv", "dist_img,ref_img,var\nI01_01_01.png,I01.png,0.36\n");
        assertThat(run("kadid")).isEqualTo(1);
        assertThat(text)
                .contains("dmos.csv")
                .contains("lacks the column 'dmos'")
                .contains("is made of");
        assertThat(out).as("nothing half done is left").doesNotExist();
    }

    @Test
    void whatItWritesIsReadByTheCheck() throws IOException {
        pictures("images/I01_01_01.png", "images/I01_01_02.png");
        file("dmos.csv", """
                dist_img,ref_img,dmos,var
                I01_01_01.png,I01.png,4.57,0.36
                I01_01_02.png,I01.png,1.43,0.25
                """);
        converted("kadid");
        StringWriter told = new StringWriter();
        PrintWriter print = new PrintWriter(told);
        int exit = LoupeMain.run(
                print, print, "dataset", "check", out.resolve("labels.csv").toString());
        assertThat(exit).as("pictures of one byte cannot be decoded").isEqualTo(1);
        assertThat(told.toString()).contains("I01_01_01.png");
    }

    @Test
    void overwritesNothing() throws IOException {
        Files.createDirectories(out);
        Files.writeString(out.resolve("labels.csv"), "mine");
        Files.createDirectories(set);
        assertThat(run("koniq")).isEqualTo(2);
        assertThat(Files.readString(out.resolve("labels.csv"))).isEqualTo("mine");
    }

    @Test
    void aWorkbookWithAnEntityOrABadStringIsRefused() throws IOException {
        pictures("TestImage/00001.jpg");
        Path book = workbook("MOS and Image attribute scores.xlsx");
        zip(
                book,
                "xl/worksheets/sheet1.xml",
                "<!DOCTYPE a [<!ENTITY e SYSTEM \"file:///etc/hostname\">]><worksheet><sheetData><row><c><v>&e;</v></c>"
                        + "</row></sheetData></worksheet>");
        assertThat(run("spaq")).isEqualTo(1);
        assertThat(text).contains("no Excel workbook");
        zip(
                book,
                "xl/worksheets/sheet1.xml",
                "<worksheet><sheetData><row><c t=\"s\"><v>12</v></c></row></sheetData></worksheet>");
        assertThat(run("spaq")).isEqualTo(1);
        assertThat(text).contains("string 12 of 0");
    }

    private List<Rated> converted(String id) {
        assertThat(run(id)).as(text).isZero();
        return Ratings.read(out.resolve("labels.csv"));
    }

    private String split(Rated item) {
        return SplitsCsv.read(out.resolve("splits.csv")).of(item.name()).orElse("none");
    }

    private int run(String id) {
        StringWriter told = new StringWriter();
        PrintWriter print = new PrintWriter(told);
        int exit = LoupeMain.run(
                print, print, "dataset", "convert", "--from", id, set.toString(), "--out", out.toString());
        text = told.toString();
        return exit;
    }

    private void pictures(String... names) throws IOException {
        for (String name : names) {
            file(name, "x");
        }
    }

    private void file(String name, String content) throws IOException {
        Path file = set.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, content);
    }

    /** As Excel writes one: strings shared, one of them in two runs, numbers plain, an empty cell left out. */
    private Path workbook(String name) throws IOException {
        Path file = set.resolve(name);
        Files.createDirectories(file.getParent());
        zip(
                file,
                "xl/sharedStrings.xml",
                "<sst xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><si><t>Image name</t></si>"
                        + "<si><t>MOS</t></si><si><r><t>0000</t></r><r><t>1.jpg</t></r></si><si><t>00002.jpg</t></si>"
                        + "<si><t>00003.jpg</t></si><si><t>Brightness</t></si></sst>",
                "xl/worksheets/sheet1.xml",
                "<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData>"
                        + "<row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"B1\" t=\"s\"><v>5</v></c>"
                        + "<c r=\"C1\" t=\"s\"><v>1</v></c></row>"
                        + "<row r=\"2\"><c r=\"A2\" t=\"s\"><v>2</v></c><c r=\"C2\"><v>37.5</v></c></row>"
                        + "<row r=\"3\"><c r=\"A3\" t=\"inlineStr\"><is><t>00002.jpg</t></is></c><c r=\"B3\"><v>1</v></c>"
                        + "<c r=\"C3\"><v>72.25</v></c></row>"
                        + "<row r=\"4\"><c r=\"A4\" t=\"s\"><v>4</v></c><c r=\"C4\"><v>1E1</v></c></row>"
                        + "</sheetData></worksheet>");
        return file;
    }

    private static void zip(Path file, String... parts) throws IOException {
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
            for (int i = 0; i < parts.length; i += 2) {
                zip.putNextEntry(new ZipEntry(parts[i]));
                zip.write(parts[i + 1].getBytes(StandardCharsets.UTF_8));
                zip.closeEntry();
            }
        }
    }
}
