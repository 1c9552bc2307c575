package org.loupe.adapter.folder;

import java.io.ByteArrayInputStream;
import javax.xml.namespace.QName;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/**
 * Looks at a sidecar before a tree is built of it. The XMP parser recurses without a bound, and answers XML that is something else
 * altogether with an empty packet, over which the next write would lose the file; both are found here, in one pass without recursion.
 */
final class XmpGuard {
    /** Largest sidecar read; darktable's and Camera Raw's with masks reach a few MiB. */
    static final int MAX_BYTES = 16 << 20;

    /** Deepest nesting; structures in use stay under 20, and newer Java parsers end at 100 with a message of their own. */
    private static final int MAX_DEPTH = 64;

    private static final QName RDF = new QName("http://www.w3.org/1999/02/22-rdf-syntax-ns#", "RDF");

    private XmpGuard() {}

    /** One for each call: factories are not promised to be safe for several threads. */
    private static XMLInputFactory factory() {
        XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        return factory;
    }

    /** @throws SidecarException if this is not one well-formed, flat enough XMP packet */
    static void check(byte[] bytes) throws SidecarException {
        if (bytes.length == 0) {
            throw new SidecarException("it is empty; delete it if no program is still writing it");
        }
        if (bytes.length > MAX_BYTES) {
            throw new SidecarException("it is larger than " + (MAX_BYTES >> 20) + " MiB");
        }
        try {
            XMLStreamReader reader = factory().createXMLStreamReader(new ByteArrayInputStream(bytes));
            int depth = 0;
            int packets = 0;
            while (reader.hasNext()) {
                switch (reader.next()) {
                    case XMLStreamConstants.DTD ->
                        throw new SidecarException("it has a document type, which XMP forbids");
                    case XMLStreamConstants.START_ELEMENT -> {
                        depth++;
                        packets += reader.getName().equals(RDF) ? 1 : 0;
                        if (depth > MAX_DEPTH) {
                            throw new SidecarException("it is nested deeper than " + MAX_DEPTH + " elements");
                        }
                    }
                    case XMLStreamConstants.END_ELEMENT -> depth--;
                    default -> {}
                }
            }
            if (packets != 1) {
                throw new SidecarException("it is XML but not XMP: " + packets + " rdf:RDF elements instead of one");
            }
        } catch (XMLStreamException e) {
            throw new SidecarException(
                    "it is not well-formed XML (line " + e.getLocation().getLineNumber() + ")", e);
        }
    }
}
