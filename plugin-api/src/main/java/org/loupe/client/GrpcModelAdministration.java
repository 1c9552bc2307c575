package org.loupe.client;

import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.MetadataUtils;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.loupe.proto.v1.ListModelsRequest;
import org.loupe.proto.v1.LoadAdapterRequest;
import org.loupe.proto.v1.LoadAdapterResponse;
import org.loupe.proto.v1.LoadModelRequest;
import org.loupe.proto.v1.LoadModelResponse;
import org.loupe.proto.v1.ModelServiceGrpc;
import org.loupe.proto.v1.SetAliasRequest;
import org.loupe.proto.v1.SetAliasResponse;
import org.loupe.proto.v1.UnloadAdapterRequest;
import org.loupe.proto.v1.UnloadModelRequest;
import org.loupe.proto.v1.UnloadModelResponse;
import org.loupe.score.AdapterRef;
import org.loupe.score.ModelRef;

/** {@link ModelAdministration} over gRPC. */
final class GrpcModelAdministration implements ModelAdministration {
    private final ClientConfig config;
    private final Endpoint endpoint;

    private GrpcModelAdministration(ClientConfig config, Endpoint endpoint) {
        this.config = config;
        this.endpoint = endpoint;
    }

    static GrpcModelAdministration connect(ClientConfig config) {
        if (config.servers().size() != 1) {
            throw new IllegalArgumentException(
                    "the models of one server are changed at a time, not of " + config.servers());
        }
        return new GrpcModelAdministration(
                config, Endpoint.open(config.servers().get(0), config));
    }

    @Override
    public List<ModelInfo> list() {
        return call(stub -> stub.listModels(ListModelsRequest.getDefaultInstance())).getModelsList().stream()
                .map(WireMessages::fromWire)
                .toList();
    }

    @Override
    public Loaded load(String model, String alias, boolean replace) {
        LoadModelResponse response = call(stub -> stub.loadModel(LoadModelRequest.newBuilder()
                .setModel(model)
                .setAlias(alias)
                .setReplace(replace)
                .build()));
        return new Loaded(
                WireMessages.fromWire(response.getModel()),
                response.getUnloadedList().stream().map(WireMessages::fromWire).toList(),
                response.getDrainedFirst(),
                response.getCutOff());
    }

    @Override
    public Unloaded unload(String model) {
        UnloadModelResponse response = call(stub ->
                stub.unloadModel(UnloadModelRequest.newBuilder().setModel(model).build()));
        return new Unloaded(WireMessages.fromWire(response.getModel()), response.getCutOff());
    }

    @Override
    public Aliased alias(String alias, String target) {
        SetAliasResponse response = call(stub -> stub.setAlias(
                SetAliasRequest.newBuilder().setAlias(alias).setTarget(target).build()));
        return new Aliased(
                response.hasModel() ? Optional.of(WireMessages.fromWire(response.getModel())) : Optional.empty(),
                response.hasPrevious() ? Optional.of(WireMessages.fromWire(response.getPrevious())) : Optional.empty());
    }

    @Override
    public Adapted loadAdapter(String adapter, String model) {
        LoadAdapterResponse response = call(stub -> stub.loadAdapter(LoadAdapterRequest.newBuilder()
                .setAdapter(adapter)
                .setModel(model)
                .build()));
        ModelRef base = WireMessages.fromWire(response.getModel());
        return new Adapted(WireMessages.fromWire(response.getAdapter()), base);
    }

    @Override
    public AdapterRef unloadAdapter(String adapter, String model) {
        return WireMessages.fromWire(call(stub -> stub.unloadAdapter(UnloadAdapterRequest.newBuilder()
                        .setAdapter(adapter)
                        .setModel(model)
                        .build()))
                .getAdapter());
    }

    private <R> R call(Function<ModelServiceGrpc.ModelServiceBlockingStub, R> call) {
        ModelServiceGrpc.ModelServiceBlockingStub stub = ModelServiceGrpc.newBlockingStub(endpoint.channel())
                .withDeadlineAfter(config.deadline().toNanos(), TimeUnit.NANOSECONDS);
        if (config.token().isPresent()) {
            Metadata headers = new Metadata();
            headers.put(
                    GrpcScoringClient.AUTHORIZATION, "Bearer " + config.token().get());
            stub = stub.withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers));
        }
        try {
            return call.apply(stub);
        } catch (StatusRuntimeException e) {
            throw WireErrors.fromFailure(e);
        }
    }

    @Override
    public void close() {
        endpoint.close();
    }
}
