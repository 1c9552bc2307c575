package org.loupe.export;

import org.loupe.export.onnx.TensorProto;

/** Element types our graphs use. */
public enum DataType {
    FLOAT(TensorProto.DataType.FLOAT, 32),
    FLOAT16(TensorProto.DataType.FLOAT16, 16),
    UINT8(TensorProto.DataType.UINT8, 8),
    INT8(TensorProto.DataType.INT8, 8),
    INT32(TensorProto.DataType.INT32, 32),
    INT64(TensorProto.DataType.INT64, 64),
    BOOL(TensorProto.DataType.BOOL, 8),
    /** Two elements a byte, the first in the low half. */
    UINT4(TensorProto.DataType.UINT4, 4),
    /** Two elements a byte, the first in the low half. */
    INT4(TensorProto.DataType.INT4, 4);

    private final TensorProto.DataType onnx;
    private final int bits;

    DataType(TensorProto.DataType onnx, int bits) {
        this.onnx = onnx;
        this.bits = bits;
    }

    /** @return the number ONNX gives the type */
    public int code() {
        return onnx.getNumber();
    }

    /** @return bytes that so many elements take */
    public long bytes(long elements) {
        return Math.addExact(Math.multiplyExact(elements, (long) bits), 7) / 8;
    }
}
