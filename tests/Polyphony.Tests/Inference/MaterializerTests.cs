using Microsoft.Extensions.AI;
using Polyphony.Inference;
using Polyphony.Personas;
using Polyphony.Testing;
using Polyphony.Tests.Turns;
using Polyphony.Turns;

namespace Polyphony.Tests.Inference;

/// <summary>The contract of the seed's supervisor: each plan gets its slot, and a slot that fails is nobody else's trouble.</summary>
public sealed class MaterializerTests
{
    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_adapter_that_has_its_models_tokenizer_counts_for_its_persona()
    {
        var tokens = new Prompting.PromptAssemblyTests.CountingCounter();
        var slots = await Materializer.MaterializeAsync(
            [Cast.Plan("Ada"), Cast.Plan("Bo")],
            ScriptedAdapterFactory.Custom(profile => profile.PersonaName == "Ada" ? new TokenizingClient(tokens) : new HeuristicChatClient()),
            card => Cast.Conversation(card.Name), TestContext.Current.CancellationToken);

        slots.Select(s => s.ShouldBeOfType<MaterializedSlot.Ready>().Persona.Profile.Tokens.Name).ShouldBe(["counting", "bytes/4"]);
    }

    [Fact]
    public async Task No_plans_make_no_slots()
    {
        var (factory, _) = ScriptedAdapterFactory.HeuristicWithCounters();

        (await MaterializeAsync([], factory)).ShouldBeEmpty();

        factory.BuildCount.ShouldBe(0);
    }

    [Fact]
    public async Task Every_plan_becomes_a_warm_persona_at_its_seat_in_the_order_of_the_plans()
    {
        var (factory, counts) = ScriptedAdapterFactory.HeuristicWithCounters();

        var slots = await MaterializeAsync([Cast.Plan("Mira"), Cast.Plan("Otto"), Cast.Plan("Ines")], factory);

        var personas = slots.Select(s => s.ShouldBeOfType<MaterializedSlot.Ready>().Persona).ToArray();
        personas.Select(p => p.Card.Name).ShouldBe(["Mira", "Otto", "Ines"]);
        personas.ShouldAllBe(p => p.Conversation.Persona == p.Card.Id && p.Profile.Persona == p.Card.Id);
        (factory.BuildCount, counts.Warmups, counts.Generates).ShouldBe((3, 3, 0));
    }

    [Fact]
    public async Task Each_of_the_four_errors_stays_in_its_slot_and_the_siblings_live()
    {
        var factory = ScriptedAdapterFactory.Custom(profile => profile.PersonaName switch
        {
            "Otto" => throw new InvalidOperationException("no such\nweights"),
            "Ines" => new HeuristicChatClient { WarmupFailure = "out of memory" },
            _ => new HeuristicChatClient(),
        });
        PersonaPlan[] plans =
            [Cast.Plan("Mira"), Cast.PlanWithoutProfile("Ada"), Cast.Plan("Seatless"), Cast.Plan("Otto"), Cast.Plan("Ines"), Cast.Plan("Last")];

        var slots = await MaterializeAsync(plans, factory, card => card.Name == "Seatless" ? null : Cast.Conversation(card.Name));

        slots.Count.ShouldBe(plans.Length);
        slots[0].ShouldBeOfType<MaterializedSlot.Ready>().Persona.Card.Name.ShouldBe("Mira");
        ErrorOf(slots[1]).ShouldBe(new MaterializeError.Profile(1, "Ada", ((ProfileResult.Refused)plans[1].Profile).Error));
        ErrorOf(slots[2]).ShouldBeOfType<MaterializeError.RuntimeMissing>().Reason.ShouldContain("persona:seatless");
        ErrorOf(slots[3]).ShouldBe(new MaterializeError.AdapterFactory(3, "Otto", "no such weights"));
        ErrorOf(slots[4]).ShouldBe(new MaterializeError.AdapterWarmup(4, "Ines", "out of memory"));
        slots[5].ShouldBeOfType<MaterializedSlot.Ready>().Persona.Card.Name.ShouldBe("Last");
    }

    [Fact]
    public async Task The_factory_is_not_called_without_a_profile_or_without_a_seat()
    {
        var factory = ScriptedAdapterFactory.Heuristic();

        await MaterializeAsync([Cast.PlanWithoutProfile("Ada"), Cast.Plan("Seatless")], factory, _ => null);

        factory.BuildCount.ShouldBe(0);
    }

    [Fact]
    public async Task Nothing_that_failed_is_tried_again()
    {
        var refusing = ScriptedAdapterFactory.AlwaysFails("no weights");
        var counts = 0;
        var cold = ScriptedAdapterFactory.Sharing(new HeuristicChatClient { WarmupFailure = "cold", OnWarmup = () => counts++ });

        await MaterializeAsync([Cast.Plan("Mira"), Cast.Plan("Otto")], refusing);
        await MaterializeAsync([Cast.Plan("Mira"), Cast.Plan("Otto")], cold);

        (refusing.BuildCount, cold.BuildCount, counts).ShouldBe((2, 2, 2));
    }

    [Fact]
    public async Task A_persona_whose_sibling_failed_still_answers()
    {
        var factory = ScriptedAdapterFactory.Custom(
            profile => profile.PersonaName == "Otto" ? throw new InvalidOperationException("broken") : new HeuristicChatClient());
        var conversation = Cast.Conversation("Mira").Message("hello");
        var slots = await MaterializeAsync([Cast.Plan("Otto"), Cast.Plan("Mira")], factory, card => card.Name == "Mira" ? conversation : Cast.Conversation("Otto"));
        var mira = slots[1].ShouldBeOfType<MaterializedSlot.Ready>().Persona;

        await new PersonaLoop(mira, new(), new TurnLog(), TimeProvider.System).ServeAsync(TestEnds);

        conversation.Said.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Adapters_are_built_and_warmed_one_after_the_other()
    {
        var factory = new GatedFactory();
        var materializing = MaterializeAsync([Cast.Plan("Mira"), Cast.Plan("Otto"), Cast.Plan("Ines")], factory);

        for (var slot = 1; slot <= 3; slot++)
        {
            factory.Asked.ShouldBe(slot, "the next is not begun before the last is warm");
            factory.Build();
            factory.Asked.ShouldBe(slot);
            factory.WarmUp();
        }

        (await materializing).ShouldAllBe(s => s is MaterializedSlot.Ready);
        factory.MostAtOnce.ShouldBe(1);
    }

    [Fact]
    public async Task A_model_of_another_name_is_not_served_by_the_stand_in()
    {
        var slots = await MaterializeAsync([Cast.Plan("Mira", model: "gpt-something")], ScriptedAdapterFactory.Heuristic());

        ErrorOf(slots[0]).ShouldBeOfType<MaterializeError.AdapterWarmup>().Reason.ShouldContain("gpt-something");
    }

    [Fact]
    public async Task A_factory_that_gives_nothing_is_the_factorys_error()
    {
        var slots = await MaterializeAsync([Cast.Plan("Mira"), Cast.Plan("Otto")], ScriptedAdapterFactory.Custom(p => p.PersonaName == "Mira" ? null! : new HeuristicChatClient()));

        ErrorOf(slots[0]).ShouldBeOfType<MaterializeError.AdapterFactory>().Reason.ShouldContain("no adapter");
        slots[1].ShouldBeOfType<MaterializedSlot.Ready>();
    }

    [Fact]
    public async Task A_seat_that_cannot_be_looked_up_is_missing_and_the_siblings_live()
    {
        var slots = await MaterializeAsync([Cast.Plan("Mira"), Cast.Plan("Otto")], ScriptedAdapterFactory.Heuristic(),
            card => card.Name == "Mira" ? throw new InvalidOperationException("taken already") : Cast.Conversation("Otto"));

        ErrorOf(slots[0]).ShouldBe(new MaterializeError.RuntimeMissing(0, "Mira", "taken already"));
        slots[1].ShouldBeOfType<MaterializedSlot.Ready>();
    }

    [Fact]
    public async Task A_factorys_own_cancellation_is_its_slots_error_and_the_callers_ends_it_all()
    {
        var impatient = ScriptedAdapterFactory.Custom(_ => throw new TaskCanceledException("the server took too long"));
        ErrorOf((await MaterializeAsync([Cast.Plan("Mira")], impatient))[0]).ShouldBeOfType<MaterializeError.AdapterFactory>();

        using var stop = new CancellationTokenSource();
        var stopping = ScriptedAdapterFactory.Custom(_ =>
        {
            stop.Cancel();
            throw new OperationCanceledException(stop.Token);
        });
        await Materializer.MaterializeAsync([Cast.Plan("Mira"), Cast.Plan("Otto")], stopping, c => Cast.Conversation(c.Name), stop.Token)
            .ShouldThrowAsync<OperationCanceledException>();
        stopping.BuildCount.ShouldBe(1);
    }

    private static MaterializeError ErrorOf(MaterializedSlot slot) => slot.ShouldBeOfType<MaterializedSlot.Failed>().Error;

    private static Task<IReadOnlyList<MaterializedSlot>> MaterializeAsync(
        IReadOnlyList<PersonaPlan> plans, IPersonaAdapterFactory factory, Func<PersonaCard, IConversation?>? seatFor = null) =>
        Materializer.MaterializeAsync(plans, factory, seatFor ?? (card => Cast.Conversation(card.Name)), TestEnds).WaitAsync(TestEnds);

    /// <summary>A factory, and a model, that take until the test says so.</summary>
    private sealed class GatedFactory : IPersonaAdapterFactory, IAdapterWarmup
    {
        private TaskCompletionSource _build = new();
        private TaskCompletionSource _warmUp = new();
        private int _atOnce;

        public int Asked { get; private set; }

        public int MostAtOnce { get; private set; }

        // Completed on this thread, so that when these return whatever was to follow has followed.
        public void Build() => Release(ref _build);

        public void WarmUp() => Release(ref _warmUp);

        public async ValueTask<IChatClient> BuildAsync(InferenceProfile profile, CancellationToken cancellationToken)
        {
            Asked++;
            MostAtOnce = Math.Max(MostAtOnce, ++_atOnce);
            await _build.Task;
            return new WarmingClient(this);
        }

        public async ValueTask WarmUpAsync(InferenceProfile profile, CancellationToken cancellationToken)
        {
            await _warmUp.Task;
            _atOnce--;
        }

        private static void Release(ref TaskCompletionSource gate)
        {
            var open = gate;
            gate = new();
            open.SetResult();
        }
    }

    private sealed class TokenizingClient(Polyphony.Prompting.ITokenCounter tokens) : DelegatingChatClient(new HeuristicChatClient())
    {
        public override object? GetService(Type serviceType, object? serviceKey = null) =>
            serviceType == typeof(Polyphony.Prompting.ITokenCounter) ? tokens : base.GetService(serviceType, serviceKey);
    }

    private sealed class WarmingClient(IAdapterWarmup warmup) : DelegatingChatClient(new HeuristicChatClient())
    {
        public override object? GetService(Type serviceType, object? serviceKey = null) =>
            serviceType == typeof(IAdapterWarmup) ? warmup : base.GetService(serviceType, serviceKey);
    }
}
