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
import org.loupe.proto.v1.ModelServiceGrpc;
import org.loupe.scoring.LoadedModel;
import org.loupe.scoring.Models;

/** {@code loupe.v1.ModelService}. */
final class GrpcModelService extends ModelServiceGrpc.ModelServiceImplBase {
    private final Models models;

    GrpcModelService(Models models) {
        this.models = models;
    }

    @Override
    public void listModels(ListModelsRequest request, StreamObserver<ListModelsResponse> observer) {
        ListModelsResponse.Builder response = ListModelsResponse.newBuilder();
        models.all().forEach(model -> response.addModels(WireMessages.toWire(info(model))));
        observer.onNext(response.build());
        observer.onCompleted();
    }

    @Override
    public void getModel(GetModelRequest request, StreamObserver<GetModelResponse> observer) {
        GetModelResponse response;
        try {
            response = GetModelResponse.newBuilder()
                    .setModel(WireMessages.toWire(info(models.find(request.getModel()))))
                    .build();
        } catch (RuntimeException e) {
            observer.onError(Failures.status(e, ""));
            return;
        }
        observer.onNext(response);
        observer.onCompleted();
    }

    private ModelInfo info(LoadedModel model) {
        Manifest manifest = model.manifest();
        List<Manifest.Accuracy> accuracy = manifest.accuracy() == null ? List.of() : manifest.accuracy();
        return new ModelInfo(
                model.ref(),
                model.equals(models.standard()),
                manifest.precision(),
                manifest.licence().id(),
                manifest.licence().commercialUse(),
                model.tasks(Manifest.MediaKind.IMAGE),
                model.tasks(Manifest.MediaKind.VIDEO),
                manifest.levelNames(),
                manifest.levelWeights(),
                manifest.limits().maxFrames(),
                accuracy.stream().map(GrpcModelService::accuracy).toList(),
                ModelInfo.State.READY,
                List.of(),
                List.of());
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
