package org.loupe.hub;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.loupe.score.ErrorReason;
import org.loupe.score.ScoringException;

/** Reads what a hub says about a repository. */
final class HubApi {
    /** A listing of some ten thousand files; a checkpoint has some dozens. */
    private static final int MOST_BYTES = 16 << 20;

    private static final ObjectMapper JSON = new ObjectMapper();

    private HubApi() {}

    /**
     * @param repository such as q-future/one-align
     * @param revision branch, tag or commit
     * @throws ScoringException MODEL_NOT_FOUND, UNAUTHENTICATED, HUB_FAILED, CHECKPOINT_INVALID
     */
    static HubRepository describe(HubHttp http, HubPolicy policy, String repository, String revision) {
        String path = "/api/models/" + ModelPull.encoded(repository) + "/revision/" + ModelPull.encodedSegment(revision)
                + "?blobs=true";
        Retry retry = new Retry(policy);
        while (true) {
            try (HubHttp.Answer answer = http.get(path, Optional.empty())) {
                byte[] body = answer.body().readNBytes(MOST_BYTES + 1);
                if (body.length > MOST_BYTES) {
                    throw HubFile.invalid("the hub's listing of " + repository + " is too long");
                }
                return parse(repository, JSON.readTree(body));
            } catch (JsonProcessingException e) {
                throw new ScoringException(
                        ErrorReason.HUB_FAILED,
                        "the hub answers with something else than a listing: is it compatible"
                                + " with Hugging Face's?",
                        e);
            } catch (HubTrouble trouble) {
                retry.failed(repository, trouble);
            } catch (IOException e) {
                retry.failed(repository, new HubTrouble("the connection broke off: " + e.getMessage(), null, e));
            }
        }
    }

    static HubRepository parse(String repository, JsonNode root) {
        String commit = root.path("sha").asText("");
        if (!commit.matches("[0-9a-f]{40,64}")) {
            throw HubFile.invalid("the hub does not say which commit of " + repository + " it means");
        }
        List<HubFile> files = new ArrayList<>();
        for (JsonNode each : root.path("siblings")) {
            files.add(file(each));
        }
        JsonNode card = root.path("cardData");
        Optional<String> licence = licence(root);
        Optional<String> url = text(card.path("license_link"));
        return new HubRepository(repository, commit, licence, url, files);
    }

    private static HubFile file(JsonNode each) {
        String path = each.path("rfilename").asText("");
        JsonNode large = each.path("lfs");
        Optional<String> sha256 = text(large.path("sha256")).or(() -> text(large.path("oid")));
        Optional<String> blob = text(each.path("blobId"));
        JsonNode size = large.has("size") ? large.path("size") : each.path("size");
        if (!size.isIntegralNumber() || (sha256.isEmpty() && blob.isEmpty())) {
            throw HubFile.invalid("the hub tells no size or digest of '" + path.replaceAll("\\p{Cntrl}", "?")
                    + "', so its bytes could not be checked");
        }
        HubFile.Digest digest = sha256.isPresent()
                ? new HubFile.Digest(HubFile.Kind.SHA_256, sha256.get())
                : new HubFile.Digest(HubFile.Kind.GIT_BLOB, blob.orElseThrow());
        return new HubFile(path, size.asLong(), digest);
    }

    /** Where the card says "other", its own name for the licence tells more. */
    private static Optional<String> licence(JsonNode root) {
        JsonNode card = root.path("cardData");
        JsonNode stated = card.path("license").isArray() ? card.path("license").path(0) : card.path("license");
        Optional<String> licence = text(stated);
        if (licence.isPresent() && licence.get().equals("other")) {
            licence = text(card.path("license_name")).or(() -> Optional.of("other"));
        }
        if (licence.isPresent()) {
            return licence;
        }
        for (JsonNode tag : root.path("tags")) {
            if (tag.asText("").startsWith("license:")) {
                return Optional.of(tag.asText().substring("license:".length()));
            }
        }
        return Optional.empty();
    }

    private static Optional<String> text(JsonNode node) {
        return node.isTextual() && !node.asText().isBlank()
                ? Optional.of(node.asText().strip().replaceAll("\\p{Cntrl}", "?"))
                : Optional.empty();
    }
}
