"""The `[policy]` of a configuration as the value that the policy itself takes."""

from mailbot.claims.policy import PolicySettings
from mailbot.settings.model import Settings


def policy_of(settings: Settings) -> PolicySettings:
    """The policy's settings as the domain's value."""
    policy = settings.policy
    return PolicySettings(
        doa_days=policy.doa_days,
        defect_days_after_delivery=policy.defect_days_after_delivery,
        defect_days_after_shipment=policy.defect_days_after_shipment,
        confidence_floor=policy.confidence_floor,
        agent_limit=policy.agent_limit,
        proofs=policy.proofs,
        reminders_days=policy.reminders_days,
        expire_days=policy.expire_days,
        return_reminder_days=policy.return_reminder_days,
        return_expire_days=policy.return_expire_days,
        refer_late=policy.refer_late,
    )
