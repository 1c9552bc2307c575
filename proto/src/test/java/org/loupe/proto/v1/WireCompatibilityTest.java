package org.loupe.proto.v1;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.OneofDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * The contract as released, one line a field, method or enum value, stands in {@code loupe-v1.txt}. Lines may be added, never changed or
 * removed: clients in other languages are compiled against them.
 */
class WireCompatibilityTest {
    private static final List<FileDescriptor> FILES =
            List.of(ScoreProto.getDescriptor(), ScoringServiceProto.getDescriptor(), ModelServiceProto.getDescriptor());

    @Test
    void keepsEveryReleasedField() throws IOException {
        assertThat(present()).as("released contract").containsAll(released());
    }

    @Test
    void releasesEveryNewFieldKnowingly() throws IOException {
        Set<String> added = present();
        added.removeAll(released());
        assertThat(added)
                .as("new in the contract: append these lines to loupe-v1.txt")
                .isEmpty();
    }

    private static List<String> released() throws IOException {
        try (InputStream in = WireCompatibilityTest.class.getResourceAsStream("loupe-v1.txt")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.isBlank())
                    .toList();
        }
    }

    private static Set<String> present() {
        Set<String> lines = new TreeSet<>();
        for (FileDescriptor file : FILES) {
            file.getMessageTypes().forEach(type -> describe(type, lines));
            file.getEnumTypes().forEach(type -> describe(type, lines));
            file.getServices().forEach(service -> describe(service, lines));
        }
        return lines;
    }

    private static void describe(Descriptor type, Set<String> lines) {
        lines.add(type.getFullName());
        for (FieldDescriptor field : type.getFields()) {
            OneofDescriptor oneof = field.getContainingOneof();
            lines.add(type.getFullName() + " " + field.getNumber() + " = " + (field.isRepeated() ? "repeated " : "")
                    + typeName(field) + " " + field.getName() + (oneof == null ? "" : " in " + oneof.getName()));
        }
        type.getNestedTypes().forEach(nested -> describe(nested, lines));
        type.getEnumTypes().forEach(nested -> describe(nested, lines));
    }

    private static String typeName(FieldDescriptor field) {
        return switch (field.getJavaType()) {
            case MESSAGE -> field.getMessageType().getFullName();
            case ENUM -> field.getEnumType().getFullName();
            default -> field.getType().name().toLowerCase(Locale.ROOT);
        };
    }

    private static void describe(EnumDescriptor type, Set<String> lines) {
        type.getValues()
                .forEach(value -> lines.add(type.getFullName() + " " + value.getNumber() + " = " + value.getName()));
    }

    private static void describe(ServiceDescriptor service, Set<String> lines) {
        service.getMethods()
                .forEach(method -> lines.add(service.getFullName() + " " + method.getName() + "("
                        + (method.isClientStreaming() ? "stream " : "")
                        + method.getInputType().getFullName() + ") -> "
                        + (method.isServerStreaming() ? "stream " : "")
                        + method.getOutputType().getFullName()));
    }
}
