package org.loupe.dataset.convert;

import java.util.List;

/** Every set that can be converted. */
final class PublishedSets {
    static final List<PublishedSet> ALL = List.of(
            new KoniqSet(),
            new SpaqSet(),
            new KadidSet(),
            new LiveChallengeSet(),
            new AgiqaSet(),
            new AvaSet(),
            new LsvqSet());

    private PublishedSets() {}
}
