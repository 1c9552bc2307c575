package org.loupe.server.grpc;

import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.loupe.client.ModelInfo;
import org.loupe.client.WireMessages;
import org.loupe.modelpackage.Manifest;
import org.loupe.proto.v1.GetModelRequest;
import org.loupe.proto.v1.GetModelResponse;
import org.loupe.proto.v1.ListModelsRequest;
import org.loupe.proto.v1.ListModelsResponse;
import org.loupe.proto.v1.LoadAdapterRequest;
import org.loupe.proto.v1.LoadAdapterResponse;
import org.loupe.proto.v1.LoadModelRequest;
import org.loupe.proto.v1.LoadModelResponse;
import org.loupe.proto.v1.ModelServiceGrpc;
import org.loupe.proto.v1.SetAliasRequest;
import org.loupe.proto.v1.SetAliasResponse;
import org.loupe.proto.v1.UnloadAdapterRequest;
import org.loupe.proto.v1.UnloadAdapterResponse;
import org.loupe.proto.v1.UnloadModelRequest;
import org.loupe.proto.v1.UnloadModelResponse;
import org.loupe.score.ModelRef;
import org.loupe.scoring.LoadRequest;
import org.loupe.scoring.LoadResult;
import org.loupe.scoring.LoadedModel;
import org.loupe.scoring.ModelStatus;
import org.loupe.scoring.Models;

/** {@code loupe.v1.ModelService}. */
final class GrpcModelService extends ModelServiceGrpc.ModelServiceImplBase {
    private static final int MOST_NAME = 200;
    private static final int MOST_REFERENCE = 1024;

    private final Models models;
    private final Administration administration;

    GrpcModelService(Models models, Administration administration) {
        this.models = models;
        this.administration = administration;
    }

    @Override
    public void listModels(ListModelsRequest request, StreamObserver<ListModelsResponse> observer) {
        ListModelsResponse.Builder response = ListModelsResponse.newBuilder();
        models.list().forEach(model -> response.addModels(WireMessages.toWire(info(model))));
        observer.onNext(response.build());
        observer.onCompleted();
    }

    @Override
    public void getModel(GetModelRequest request, StreamObserver<GetModelResponse> observer) {
        GetModelResponse response;
        try {
            response = GetModelResponse.newBuilder()
                    .setModel(WireMessages.toWire(info(models.status(request.getModel()))))
                    .build();
        } catch (RuntimeException e) {
            observer.onError(Failures.status(e, ""));
            return;
        }
        observer.onNext(response);
        observer.onCompleted();
    }

    @Override
    public void loadModel(LoadModelRequest request, StreamObserver<LoadModelResponse> observer) {
        administration.change(observer, () -> {
            LoadResult loaded = models.load(new LoadRequest(
                    text("model", request.getModel(), MOST_REFERENCE),
                    administration.paths(),
                    request.getAlias(),
                    request.getReplace()));
            LoadModelResponse.Builder response = LoadModelResponse.newBuilder()
                    .setModel(WireMessages.toWire(info(loaded.model())))
                    .setDrainedFirst(loaded.drainedFirst())
                    .setCutOff(loaded.cutOff());
            loaded.unloaded().forEach(gone -> response.addUnloaded(WireMessages.toWire(gone)));
            return response.build();
        });
    }

    @Override
    public void unloadModel(UnloadModelRequest request, StreamObserver<UnloadModelResponse> observer) {
        administration.change(observer, () -> {
            Models.Unloaded gone = models.unload(text("model", request.getModel(), MOST_NAME));
            return UnloadModelResponse.newBuilder()
                    .setModel(WireMessages.toWire(gone.model()))
                    .setCutOff(gone.cutOff())
                    .build();
        });
    }

    @Override
    public void setAlias(SetAliasRequest request, StreamObserver<SetAliasResponse> observer) {
        administration.change(observer, () -> {
            SetAliasResponse.Builder response = SetAliasResponse.newBuilder();
            Optional<ModelRef> before;
            if (request.getTarget().isEmpty()) {
                before = models.removeAlias(request.getAlias());
            } else {
                Models.Aliased set = models.alias(request.getAlias(), text("target", request.getTarget(), MOST_NAME));
                response.setModel(WireMessages.toWire(set.now()));
                before = set.before();
            }
            before.ifPresent(model -> response.setPrevious(WireMessages.toWire(model)));
            return response.build();
        });
    }

    @Override
    public void loadAdapter(LoadAdapterRequest request, StreamObserver<LoadAdapterResponse> observer) {
        administration.change(observer, () -> {
            Models.Adapted adapted = models.loadAdapter(
                    text("adapter", request.getAdapter(), MOST_REFERENCE), administration.paths(), request.getModel());
            return LoadAdapterResponse.newBuilder()
                    .setAdapter(WireMessages.toWire(adapted.adapter()))
                    .setModel(WireMessages.toWire(adapted.model()))
                    .build();
        });
    }

    @Override
    public void unloadAdapter(UnloadAdapterRequest request, StreamObserver<UnloadAdapterResponse> observer) {
        administration.change(observer, () -> UnloadAdapterResponse.newBuilder()
                .setAdapter(WireMessages.toWire(
                        models.unloadAdapter(text("adapter", request.getAdapter(), MOST_NAME), request.getModel())))
                .build());
    }

    private static String text(String field, String text, int most) {
        if (text.isEmpty() || text.length() > most) {
            throw Requests.invalid(field + " must have 1.." + most + " characters, has " + text.length());
        }
        return text;
    }

    private static ModelInfo info(ModelStatus model) {
        Manifest manifest = model.manifest();
        List<Manifest.Accuracy> accuracy = manifest.accuracy() == null ? List.of() : manifest.accuracy();
        return new ModelInfo(
                manifest.ref(),
                model.standard(),
                manifest.precision(),
                manifest.licence().id(),
                manifest.licence().commercialUse(),
                LoadedModel.tasks(manifest, Manifest.MediaKind.IMAGE),
                LoadedModel.tasks(manifest, Manifest.MediaKind.VIDEO),
                manifest.levelNames(),
                manifest.levelWeights(),
                manifest.limits().maxFrames(),
                accuracy.stream().map(GrpcModelService::accuracy).toList(),
                switch (model.state()) {
                    case LOADING -> ModelInfo.State.LOADING;
                    case READY -> ModelInfo.State.READY;
                    case DRAINING -> ModelInfo.State.DRAINING;
                },
                model.aliases(),
                model.adapters());
    }

    private static ModelInfo.Accuracy accuracy(Manifest.Accuracy measured) {
        return new ModelInfo.Accuracy(
                measured.dataSet(),
                measured.task(),
                measured.n(),
                measured.srcc(),
                measured.plcc(),
                interval(measured.srccInterval()),
                interval(measured.plccInterval()));
    }

    private static Optional<ModelInfo.Interval> interval(@Nullable List<Double> bounds) {
        return bounds == null ? Optional.empty() : Optional.of(new ModelInfo.Interval(bounds.get(0), bounds.get(1)));
    }
}
