package org.loupe.export;

import com.google.protobuf.ByteString;
import org.loupe.export.onnx.AttributeProto;

/** One named attribute of a node. */
public final class Attribute {
    private final AttributeProto proto;

    private Attribute(AttributeProto.Builder proto) {
        this.proto = proto.build();
    }

    public static Attribute of(String name, long value) {
        return new Attribute(start(name, AttributeProto.AttributeType.INT).setI(value));
    }

    public static Attribute of(String name, float value) {
        return new Attribute(start(name, AttributeProto.AttributeType.FLOAT).setF(value));
    }

    public static Attribute of(String name, String value) {
        return new Attribute(start(name, AttributeProto.AttributeType.STRING).setS(ByteString.copyFromUtf8(value)));
    }

    public static Attribute longs(String name, long... values) {
        AttributeProto.Builder proto = start(name, AttributeProto.AttributeType.INTS);
        for (long value : values) {
            proto.addInts(value);
        }
        return new Attribute(proto);
    }

    /** @return the attribute as it stands in a graph */
    public AttributeProto proto() {
        return proto;
    }

    private static AttributeProto.Builder start(String name, AttributeProto.AttributeType type) {
        return AttributeProto.newBuilder().setName(name).setType(type);
    }
}
