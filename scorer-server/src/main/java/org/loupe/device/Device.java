package org.loupe.device;

/**
 * Something a graph runs on.
 *
 * @param kind what it is
 * @param index which of them, as the CUDA runtime numbers the ones this process may see; 0 for the processor
 */
public record Device(Kind kind, int index) {
    /** The processor. */
    public static final Device CPU = new Device(Kind.CPU, 0);

    /** What a device is. */
    public enum Kind {
        /** The machine's processor, all its cores. */
        CPU,
        /** One NVIDIA GPU. */
        CUDA
    }

    public Device {
        if (index < 0 || (kind == Kind.CPU && index != 0)) {
            throw new IllegalArgumentException("no " + kind + " has the number " + index);
        }
    }

    /** @return the GPU of that number */
    public static Device cuda(int index) {
        return new Device(Kind.CUDA, index);
    }

    /** @return {@code cpu}, {@code cuda:0}, ... */
    @Override
    public String toString() {
        return kind == Kind.CPU ? "cpu" : "cuda:" + index;
    }
}
