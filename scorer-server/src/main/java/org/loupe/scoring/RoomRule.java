package org.loupe.scoring;

import java.util.List;
import java.util.Optional;
import org.loupe.modelpackage.ModelPackage;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/** Whether there is memory for another model. Where it cannot be told, the operating system or the device has the last word. */
final class RoomRule {
    private final MemoryProbe memory;

    RoomRule(MemoryProbe memory) {
        this.memory = memory;
    }

    /**
     * @param files of the model to come
     * @param replaced what would go for it
     * @return whether there is only room after the replaced have gone
     * @throws ScoringException INSUFFICIENT_MEMORY with the figures
     */
    boolean mustDrainFirst(ModelPackage files, List<Resident> replaced, Catalogue now) {
        Optional<MemoryProbe.Memory> read = memory.read();
        if (read.isEmpty() || now.all().stream().noneMatch(Resident::onProcessor)) {
            return false;
        }
        long need = MemoryNeed.bytes(files);
        long available = read.get().availableBytes();
        if (need <= available) {
            return false;
        }
        long given = MemoryNeed.bytes(replaced.stream());
        if (need <= available + given && !replaced.isEmpty()) {
            return true;
        }
        throw new ScoringException(
                ErrorReason.INSUFFICIENT_MEMORY,
                MemoryNeed.words(files) + "; " + MemoryNeed.gib(available) + " of "
                        + MemoryNeed.gib(read.get().totalBytes()) + " are free; loaded are "
                        + String.join(
                                ", ", now.all().stream().map(RoomRule::words).toList())
                        + (replaced.isEmpty()
                                ? ". Unload one first, or load with replace: then the old model is drained and freed before the new one is loaded"
                                : ". That is too little even after " + replaced + " has gone"));
    }

    private static String words(Resident model) {
        return model.key() + " (about " + MemoryNeed.gib(model.needBytes()) + ")";
    }
}
