package org.loupe.dataset.convert;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.jspecify.annotations.Nullable;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/**
 * The first sheet of an Excel workbook (.xlsx) as text: a zip of two XML files, of which a table of names and numbers needs a few elements.
 * A library for it brings ten times the code and three dependencies. Neither document types nor entities are read, and no part may unpack
 * to more than {@value #MAX_PART_BYTES} bytes.
 *
 * @see <a href="https://ecma-international.org/publications-and-standards/standards/ecma-376/">ECMA-376, part 1, section 18</a>
 */
final class ExcelSheet {
    /** A hundred thousand rows of ten cells have a tenth of it. */
    private static final int MAX_PART_BYTES = 256 << 20;

    private static final int MAX_COLUMNS = 16_384; // Excel's own limit

    private final List<String> shared = new ArrayList<>();
    private final List<List<String>> rows = new ArrayList<>();

    private ExcelSheet() {}

    /**
     * @return rows from the top, cells from the left; what a row lacks is empty
     * @throws ScoringException INVALID_REQUEST if it is no workbook; IO_FAILED
     */
    static List<List<String>> first(Path file) {
        ExcelSheet sheet = new ExcelSheet();
        try (ZipFile zip = new ZipFile(file.toFile())) {
            ZipEntry strings = zip.getEntry("xl/sharedStrings.xml");
            if (strings != null) {
                sheet.read(zip, strings, sheet::strings);
            }
            ZipEntry cells = zip.getEntry("xl/worksheets/sheet1.xml");
            if (cells == null) {
                throw new ScoringException(ErrorReason.INVALID_REQUEST, file + " has no sheet");
            }
            sheet.read(zip, cells, sheet::cells);
            return sheet.rows;
        } catch (ZipException | XMLStreamException | NumberFormatException e) {
            throw new ScoringException(
                    ErrorReason.INVALID_REQUEST, file + " is no Excel workbook: " + e.getMessage(), e);
        } catch (IOException e) {
            throw ScoringException.cannotRead(file, e);
        }
    }

    private interface Part {
        void read(XMLStreamReader xml) throws XMLStreamException;
    }

    private void read(ZipFile zip, ZipEntry entry, Part part) throws IOException, XMLStreamException {
        XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        factory.setProperty(XMLInputFactory.IS_COALESCING, true);
        try (InputStream in = new Bounded(zip.getInputStream(entry))) {
            XMLStreamReader xml = factory.createXMLStreamReader(in);
            try {
                part.read(xml);
            } finally {
                xml.close();
            }
        }
    }

    /** Each {@code si} is one string, its {@code t} parts put together: a cell may be written in several colours. */
    private void strings(XMLStreamReader xml) throws XMLStreamException {
        StringBuilder text = new StringBuilder();
        while (xml.hasNext()) {
            int event = xml.next();
            if (event == XMLStreamConstants.START_ELEMENT && xml.getLocalName().equals("t")) {
                text.append(xml.getElementText());
            } else if (event == XMLStreamConstants.END_ELEMENT
                    && xml.getLocalName().equals("si")) {
                shared.add(text.toString());
                text.setLength(0);
            }
        }
    }

    private void cells(XMLStreamReader xml) throws XMLStreamException {
        List<String> row = new ArrayList<>();
        String type = "";
        int column = 0;
        StringBuilder value = new StringBuilder();
        while (xml.hasNext()) {
            int event = xml.next();
            if (event == XMLStreamConstants.START_ELEMENT) {
                switch (xml.getLocalName()) {
                    case "row" -> row = new ArrayList<>();
                    case "c" -> {
                        String told = xml.getAttributeValue(null, "t");
                        type = told == null ? "" : told;
                        column = column(xml.getAttributeValue(null, "r"), row.size());
                        value.setLength(0);
                    }
                    case "v", "t" -> value.append(xml.getElementText());
                    default -> {
                        // formulas, styles, widths
                    }
                }
            } else if (event == XMLStreamConstants.END_ELEMENT) {
                if (xml.getLocalName().equals("c")) {
                    while (row.size() < column) {
                        row.add("");
                    }
                    row.add(type.equals("s") ? shared(value.toString()) : value.toString());
                } else if (xml.getLocalName().equals("row")) {
                    rows.add(List.copyOf(row));
                }
            }
        }
    }

    private String shared(String index) throws XMLStreamException {
        int at = Integer.parseInt(index.strip());
        if (at < 0 || at >= shared.size()) {
            throw new XMLStreamException("a cell asks for string " + at + " of " + shared.size());
        }
        return shared.get(at);
    }

    /** @return column of a reference such as {@code AB12}, from 0; the next one where there is none */
    private static int column(@Nullable String reference, int next) throws XMLStreamException {
        if (reference == null) {
            return next;
        }
        int column = 0;
        for (int i = 0; i < reference.length() && Character.isLetter(reference.charAt(i)); i++) {
            column = 26 * column + (Character.toUpperCase(reference.charAt(i)) - 'A' + 1);
            if (column > MAX_COLUMNS) {
                throw new XMLStreamException("no sheet has a column " + reference);
            }
        }
        if (column <= next) {
            throw new XMLStreamException("cell " + reference + " is out of order");
        }
        return column - 1;
    }

    /** Ends a part that unpacks to more than any table has. */
    private static final class Bounded extends FilterInputStream {
        private int left = MAX_PART_BYTES;

        Bounded(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            return count(super.read(), 1);
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            int read = super.read(buffer, offset, length);
            return count(read, read);
        }

        private int count(int result, int bytes) throws IOException {
            if (result >= 0) {
                left -= bytes;
                if (left < 0) {
                    throw new IOException("a part of the workbook is larger than " + MAX_PART_BYTES + " bytes");
                }
            }
            return result;
        }
    }
}
